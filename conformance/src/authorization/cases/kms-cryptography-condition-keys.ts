import { asking, conditionCases, encrypting, plainly } from '../condition-case.ts';
import type { DecisionCase } from '../decision-case.ts';

const generating = asking(
  'GenerateDataKeyPairWithoutPlaintext',
  { KeyPairSpec: 'ECC_NIST_P256' },
  { 'kms:DataKeyPairSpec': 'ECC_NIST_P256' },
);

const signing = asking(
  'Sign',
  { SigningAlgorithm: 'RSASSA_PSS_SHA_256', MessageType: 'DIGEST' },
  { 'kms:SigningAlgorithm': 'RSASSA_PSS_SHA_256', 'kms:MessageType': 'DIGEST' },
  { key: { kind: 'RSA signing' } },
);

const authenticating = asking(
  'VerifyMac',
  { MacAlgorithm: 'HMAC_SHA_256' },
  { 'kms:MacAlgorithm': 'HMAC_SHA_256' },
  { key: { kind: 'HMAC' } },
);

const agreeing = asking(
  'DeriveSharedSecret',
  { KeyAgreementAlgorithm: 'ECDH' },
  { 'kms:KeyAgreementAlgorithm': 'ECDH' },
  { key: { kind: 'ECC agreement' } },
);

const decrypting = asking(
  'Decrypt',
  { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
  { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' },
  { key: { kind: 'RSA encryption' } },
);

/** The condition keys of cryptographic operations, met and not met. */
export const kmsCryptographyConditionKeyCases: readonly DecisionCase[] = conditionCases(
  'AWS KMS condition keys',
  [
    [
      'kms:DataKeyPairSpec limits data key pairs to a spec.',
      { StringEquals: { 'kms:DataKeyPairSpec': 'ECC_NIST_P256' } },
      generating,
      'met',
    ],
    [
      'kms:DataKeyPairSpec refuses other specs of data key pairs.',
      { StringLike: { 'kms:DataKeyPairSpec': 'RSA_*' } },
      generating,
      'not met',
    ],
    [
      'kms:EncryptionAlgorithm limits decryption to an algorithm.',
      { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } },
      decrypting,
      'met',
    ],
    [
      'kms:EncryptionAlgorithm refuses other algorithms.',
      { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_1' } },
      decrypting,
      'not met',
    ],
    [
      'kms:EncryptionAlgorithm is SYMMETRIC_DEFAULT where none is named.',
      { StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } },
      { ...plainly, values: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } },
      'met',
    ],
    [
      'kms:EncryptionContext asks for a pair of several.',
      { StringEquals: { 'kms:EncryptionContext:AppName': 'ExampleApp' } },
      encrypting({ AppName: 'ExampleApp', FilePath: '/x' }),
      'met',
    ],
    [
      'kms:SigningAlgorithm limits signatures to an algorithm.',
      { StringLike: { 'kms:SigningAlgorithm': 'RSASSA_PSS_*' } },
      signing,
      'met',
    ],
    [
      'kms:SigningAlgorithm refuses other algorithms of signatures.',
      { StringLike: { 'kms:SigningAlgorithm': '*_SHA_512' } },
      signing,
      'not met',
    ],
    [
      'kms:MessageType limits what is signed to digests.',
      { StringEquals: { 'kms:MessageType': 'DIGEST' } },
      signing,
      'met',
    ],
    [
      'kms:MessageType refuses digests where messages are asked for.',
      { StringEquals: { 'kms:MessageType': 'RAW' } },
      signing,
      'not met',
    ],
    [
      'kms:MacAlgorithm limits MACs to an algorithm.',
      { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } },
      authenticating,
      'met',
    ],
    [
      'kms:MacAlgorithm refuses other algorithms of MACs.',
      { StringEquals: { 'kms:MacAlgorithm': ['HMAC_SHA_384', 'HMAC_SHA_512'] } },
      authenticating,
      'not met',
    ],
    [
      'kms:KeyAgreementAlgorithm limits key agreement.',
      { StringEquals: { 'kms:KeyAgreementAlgorithm': 'ECDH' } },
      agreeing,
      'met',
    ],
    [
      'kms:KeyAgreementAlgorithm refuses other ways to agree.',
      { StringNotEquals: { 'kms:KeyAgreementAlgorithm': 'ECDH' } },
      agreeing,
      'not met',
    ],
  ],
);
