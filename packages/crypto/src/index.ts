export {
  defaultPassphraseCost,
  deriveFromPassphrase,
  type PassphraseCost,
  passphraseLimits,
  type PassphraseParameters,
} from './argon2.ts';
export { eccNistP256, eccNistP384, eccNistP521, eccSecgP256k1 } from './asymmetric/ecc.ts';
export { eccNistEdwards25519 } from './asymmetric/ed25519.ts';
export type {
  AgreementScheme,
  Encapsulation,
  EncapsulationScheme,
  EncryptionScheme,
  KeyPair,
  KeyPairKind,
  MessageType,
  SigningScheme,
} from './asymmetric/key-pair-kind.ts';
export { mlDsa44, mlDsa65, mlDsa87 } from './asymmetric/ml-dsa.ts';
export { mlKem1024, mlKem512, mlKem768 } from './asymmetric/ml-kem.ts';
export type { OpenPrivateKey, OpenPublicKey } from './asymmetric/open-key.ts';
export { rsa2048, rsa3072, rsa4096 } from './asymmetric/rsa.ts';
export { readBlobHeader, type BlobHeader, type BlobScheme } from './ciphertext-blob.ts';
export { equalConstantTime } from './constant-time.ts';
export { encodeEncryptionContext } from './encryption-context.ts';
export { encodeFields, type Field } from './fields.ts';
export { RunningSha256, sha256, sha256Hex } from './hash.ts';
export { HmacKey, hmacSha256 } from './hmac.ts';
export { wrappingAlgorithms, type WrappingAlgorithm } from './import-wrapping/wrapping-algorithms.ts';
export { sm2 } from './asymmetric/sm2.ts';
export { deriveKey } from './kdf.ts';
export { macAlgorithms, type MacAlgorithm } from './mac/hmac-algorithms.ts';
export { nameWrappingKey, readWrappingKey, type NamedWrap } from './named-wrap.ts';
export { drawRandom, dropRandomPool, randomBytes, randomHex, randomUuid } from './random.ts';
export { sealedOverheadBytes } from './sealed-bytes.ts';
export { decodeSecretBase64, encodeSecretBase64 } from './secret-base64.ts';
export { copySecretBytes, secretMemory } from './secret-memory.ts';
export { SecretSlab } from './secret-slab.ts';
export { Secret } from './secret.ts';
export { runSelfTests, SelfTestError } from './self-test.ts';
export { DomainKey, maxSessionTokenBytes } from './subkeys.ts';
export { decryptSymmetric, encryptSymmetric } from './symmetric.ts';
export {
  findTlsIdentityFault,
  readCertificates,
  type CertificateFacts,
  type TlsIdentityFault,
} from './tls-identity.ts';
export { tlsPolicy } from './tls-policy.ts';
export { unwrap, UnwrapError, wrap } from './wrap.ts';
export {
  type AttestationChain,
  type ChainFault,
  findChainFault,
  mostAuthorities,
} from './attestation/certificate-chain.ts';
export { verifyCoseSignature, type SignedParts } from './attestation/cose-signature.ts';
export { type AttestationContents, makeAttestationDocument } from './attestation/make-document.ts';
export { isRecipientKey } from './attestation/recipient-key.ts';
export { type RootFacts, readAttestationRoots } from './attestation/root-certificates.ts';
export { encryptForRecipient } from './cms-enveloped-data.ts';
