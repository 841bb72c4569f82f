import {
  attestationDocumentExpired,
  attestationDocumentMalformed,
  attestationDocumentPublicKeyUnsuitable,
  attestationDocumentSignatureInvalid,
  attestationDocumentUntrusted,
  attestationDocumentWithoutPublicKey,
  type AwsError,
  memberRequired,
  type ValueOf,
  type recipient,
} from '@keyhaven/api-model';
import { encryptForRecipient } from '@keyhaven/crypto';
import type { Caller } from '../authentication/caller.ts';
import type { AttestationFaultName, AttestedRecipient } from '../attestation/attested-recipient.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Call } from './call.ts';
import type { Operation, Outcome } from './operation.ts';
import type { Ports } from './ports.ts';

/*
 * Replies to enclaves ("Cryptographic attestation support in AWS KMS", KMS Developer Guide). Stages do this and not the
 * operations, so that none of them can answer in clear what was asked for an enclave.
 */

type Recipient = ValueOf<typeof recipient>;

const errorOf: Readonly<Record<AttestationFaultName, () => AwsError>> = {
  malformed: attestationDocumentMalformed,
  'unreadable certificate': attestationDocumentUntrusted,
  'unknown root': attestationDocumentUntrusted,
  'broken chain': attestationDocumentUntrusted,
  'certificate not valid now': attestationDocumentExpired,
  'wrong signature': attestationDocumentSignatureInvalid,
  'no public key': attestationDocumentWithoutPublicKey,
  'unsuitable public key': attestationDocumentPublicKeyUnsuitable,
};

type RecipientCall = Pick<Call, 'input' | 'receivedAt'> & { readonly caller: Pick<Caller, 'accountId'> };

/** The shape makes both members of Recipient optional, the service does not. Throws ValidationException. */
export function assertRecipientComplete(input: Call['input']): void {
  const given = givenRecipient(input);
  if (given === undefined) return;
  if (given.KeyEncryptionAlgorithm === undefined) throw memberRequired('recipient.keyEncryptionAlgorithm');
  if (given.AttestationDocument === undefined) throw memberRequired('recipient.attestationDocument');
}

/**
 * Who the reply is for; undefined where the request names nobody. Throws ValidationException for a document that vouches
 * for nobody, whichever key the request names: so that this refusal tells nothing about keys.
 */
export function loadRecipient(
  { input, caller, receivedAt }: RecipientCall,
  { attestation }: Ports,
): Maybe<AttestedRecipient | undefined> {
  const document = givenRecipient(input)?.AttestationDocument;
  if (document === undefined) return undefined;
  return andThen(attestation.verify(document, receivedAt, caller.accountId), (verified) => {
    if ('fault' in verified) throw errorOf[verified.fault]();
    return verified;
  });
}

/** The outcome for a recipient: what was to be answered in clear is encrypted to its key, and zeroised. */
export function answerRecipient(
  { name, answersRecipient }: Operation,
  outcome: Outcome,
  { publicKey }: AttestedRecipient,
): Outcome {
  const output: Readonly<Record<string, unknown>> = outcome.output ?? {};
  const plaintext = answersRecipient === undefined ? undefined : output[answersRecipient];
  if (answersRecipient === undefined || !(plaintext instanceof Uint8Array))
    throw new Error(`${name} has nothing for a recipient`);
  try {
    const CiphertextForRecipient = encryptForRecipient(publicKey, plaintext);
    return { ...outcome, output: { ...output, [answersRecipient]: undefined, CiphertextForRecipient } };
  } finally {
    plaintext.fill(0);
  }
}

function givenRecipient(input: Call['input']): Recipient | undefined {
  return input['Recipient'] as Recipient | undefined;
}
