import { AwsError } from '../errors.ts';

// "Tags in AWS KMS" of the KMS Developer Guide; TagResource and CreateKey of the API Reference.

function tagError(text: string): AwsError {
  return new AwsError('TagException', text);
}

/** A key may have fifty tags. */
export function tooManyTags(): AwsError {
  return tagError('Too many tags');
}

/** One request names a tag key twice. */
export function duplicateTagKeys(): AwsError {
  return tagError('Duplicate tag keys');
}

/** Tag keys that begin with `aws:`, in any case, belong to AWS. */
export function reservedTagKey(): AwsError {
  return tagError('Tags beginning with aws: are reserved');
}

/** Tags are letters, digits, spaces and `_ . / = + - : @`. */
export function invalidTagCharacters(): AwsError {
  return tagError('A tag key or tag value contains invalid characters.');
}
