/** What a client saw of a refusal. */
export interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/**
 * Waits for a request to be refused, and answers how. The SDK writes `UnknownError` where the reply has no message
 * member; that is answered as an empty message.
 */
export async function refusalOf(request: Promise<unknown>): Promise<Refusal> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
    const message = error.message === 'UnknownError' ? '' : error.message;
    return { name: error.name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('the request was not refused');
}
