export { AwsError } from './errors.ts';
export * from './errors/alias.ts';
export * from './errors/asymmetric.ts';
export * from './errors/authentication.ts';
export * from './errors/authorization.ts';
export * from './errors/body.ts';
export * from './errors/cryptography.ts';
export * from './errors/key.ts';
export * from './errors/policy.ts';
export * from './errors/recipient.ts';
export * from './errors/request.ts';
export * from './errors/rotation.ts';
export * from './errors/tag.ts';

export * from './shape.ts';
export * from './shapes/algorithms.ts';
export * from './shapes/asymmetric.ts';
export * from './shapes/alias.ts';
export * from './shapes/cryptography.ts';
export * from './shapes/identifiers.ts';
export * from './shapes/key.ts';
export * from './shapes/policy.ts';
export * from './shapes/rotation.ts';
export * from './shapes/tag.ts';

export { decodeInput } from './decode.ts';
export { encodeOutput } from './encode.ts';
export { type JsonObject, parseJsonBody } from './json-body.ts';
export { validateInput } from './validate.ts';
