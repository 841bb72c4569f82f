/** The parts of `arn:partition:service:region:account-id:resource`. Region and account are '' where there is none. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
}

/** The text is not an Amazon Resource Name. */
export class ArnSyntaxError extends Error {
  override readonly name = 'ArnSyntaxError';
}

const maximumLength = 2048;
const arnSyntax =
  /^arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):((?:[a-z]+-[a-z0-9-]+)?):((?:[0-9]{12}|aws)?):([\x21-\x7e]+)$/;

/** The parts of one resource's ARN, or undefined when the text is none. Wildcards may stand in the resource only. */
export function findArn(text: string): Arn | undefined {
  if (text.length > maximumLength) return undefined;
  const parts = arnSyntax.exec(text);
  if (parts === null) return undefined;
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = parts;
  return { partition, service, region, accountId, resource };
}

/** As findArn; throws ArnSyntaxError when the text is no ARN. */
export function parseArn(text: string): Arn {
  const arn = findArn(text);
  if (arn === undefined) throw new ArnSyntaxError('The text is not an ARN.');
  return arn;
}

/** Whether parseArn accepts the text. */
export function isArn(text: string): boolean {
  return findArn(text) !== undefined;
}
