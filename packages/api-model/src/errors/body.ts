import type { AwsError } from '../errors.ts';

/**
 * The JSON body of an error (AWS JSON 1.1). KMS spells the member `message`, the framework's
 * SerializationException spells it `Message`; an error without a text has neither.
 */
export function errorBody(error: AwsError): string {
  const type = `{"__type":${JSON.stringify(error.code)}`;
  if (error.text === undefined) return `${type}}`;
  const label = error.code === 'SerializationException' ? 'Message' : 'message';
  return `${type},"${label}":${JSON.stringify(error.text)}}`;
}
