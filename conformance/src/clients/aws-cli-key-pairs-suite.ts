import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand, type CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsCli, AwsShell } from './aws-cli.ts';

/** What an AWS CLI of that major version must be able to do with key pairs and MACs, where its model knows the operations. */
export function describeKeyPairs(major: 1 | 2, cli: AwsCli | undefined): void {
  describe.skipIf(cli === undefined)(`AWS CLI v${major} with key pairs and MACs`, () => {
    let service: TestService;
    let shell: AwsShell;

    beforeAll(async () => {
      if (cli === undefined) return;
      service = await startTestService();
      shell = new AwsShell(cli, service.url);
      await shell.output('printf %s "a message" > message; printf %s "another" > another');
    });

    afterAll(async () => {
      shell.close();
      await service.close();
    });

    /** A key to work on, made without the CLI, whose every start takes half a second. */
    const createKey = async (input: CreateKeyCommandInput) => {
      const { KeyMetadata } = await service.client().send(new CreateKeyCommand(input));
      return KeyMetadata?.KeyId ?? '';
    };
    const file = (name: string) => readFileSync(join(shell.folder, name));
    const spki = (name: string) => createPublicKey({ key: file(name), format: 'der', type: 'spki' });

    it('create-key makes a signing key, and get-public-key writes its public key', async () => {
      await shell.output(`
        key=$(aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY --output text --query KeyMetadata.KeyId)
        aws kms get-public-key --key-id "$key" --output text --query PublicKey | base64 -d > made.der`);
      expect(spki('made.der').asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    });

    it('sign makes a signature of a file that verify and others take', async () => {
      const key = await createKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
      const algorithm = '--signing-algorithm RSASSA_PKCS1_V1_5_SHA_256';
      const valid = await shell.output(`
        aws kms sign --key-id ${key} --message fileb://message ${algorithm} \\
          --output text --query Signature | base64 -d > signature
        aws kms get-public-key --key-id ${key} --output text --query PublicKey | base64 -d > public.der
        aws kms verify --key-id ${key} --message fileb://message --signature fileb://signature ${algorithm} \\
          --output text --query SignatureValid`);
      expect(valid).toBe('True');
      expect(verify('sha256', file('message'), spki('public.der'), file('signature'))).toBe(true);
    });

    it('sign takes a digest, and verify refuses the signature for another file', async () => {
      const key = await createKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' });
      const digest = createHash('sha384').update('a message').digest('base64');
      const refused = await shell.refusal(`
        printf %s ${digest} | base64 -d > digest
        aws kms sign --key-id ${key} --message fileb://digest --message-type DIGEST --signing-algorithm ECDSA_SHA_384 \\
          --output text --query Signature | base64 -d > of-digest
        aws kms verify --key-id ${key} --message fileb://message --signature fileb://of-digest \\
          --signing-algorithm ECDSA_SHA_384 > /dev/null
        aws kms verify --key-id ${key} --message fileb://another --signature fileb://of-digest \\
          --signing-algorithm ECDSA_SHA_384`);
      expect(refused).toBe(
        'An error occurred (KMSInvalidSignatureException) when calling the Verify operation:',
      );
    });

    it('sign refuses an encryption key', async () => {
      const key = await createKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
      expect(
        await shell.refusal(
          `aws kms sign --key-id ${key} --message fileb://message --signing-algorithm RSASSA_PSS_SHA_256`,
        ),
      ).toMatch(
        /^An error occurred \(InvalidKeyUsageException\) when calling the Sign operation: arn:aws:kms:\S+ key usage is ENCRYPT_DECRYPT which is not valid for Sign\.$/,
      );
    });

    it('encrypt and decrypt take an RSA key with its algorithm', async () => {
      const key = await createKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
      const algorithm = '--encryption-algorithm RSAES_OAEP_SHA_256';
      const opened = await shell.output(`
        aws kms encrypt --key-id ${key} --plaintext fileb://message ${algorithm} \\
          --output text --query CiphertextBlob | base64 -d > sealed
        aws kms decrypt --key-id ${key} --ciphertext-blob fileb://sealed ${algorithm} \\
          --output text --query Plaintext | base64 -d`);
      expect(opened).toBe('a message');
    });

    it('generate-mac makes a MAC that verify-mac takes, for that file only', async () => {
      const key = await createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const verifyMac = (message: string) =>
        `aws kms verify-mac --key-id ${key} --message fileb://${message} --mac fileb://mac \\
          --mac-algorithm HMAC_SHA_256 --output text --query MacValid`;
      const valid = await shell.output(`
        aws kms generate-mac --key-id ${key} --message fileb://message --mac-algorithm HMAC_SHA_256 \\
          --output text --query Mac | base64 -d > mac
        ${verifyMac('message')}`);
      expect(valid).toBe('True');
      expect(file('mac')).toHaveLength(32);
      expect(await shell.refusal(verifyMac('another'))).toBe(
        'An error occurred (KMSInvalidMacException) when calling the VerifyMac operation:',
      );
    });

    it('generate-data-key-pair gives a pair whose private key decrypt opens', async () => {
      const key = await createKey({});
      const pair = (await shell.json(
        `aws kms generate-data-key-pair --key-id ${key} --key-pair-spec ECC_NIST_P256`,
      )) as Readonly<Record<string, string>>;
      const opened = await shell.output(`
        printf %s ${pair['PrivateKeyCiphertextBlob']} | base64 -d > private
        aws kms decrypt --ciphertext-blob fileb://private --output text --query Plaintext`);
      expect(opened).toBe(pair['PrivateKeyPlaintext']);
    });

    it('generate-data-key-pair-without-plaintext gives no private key in clear', async () => {
      const key = await createKey({});
      const pair = (await shell.json(
        `aws kms generate-data-key-pair-without-plaintext --key-id ${key} --key-pair-spec RSA_2048`,
      )) as Readonly<Record<string, string>>;
      expect(Object.keys(pair).sort()).toEqual(
        expect.arrayContaining(['KeyId', 'KeyPairSpec', 'PrivateKeyCiphertextBlob', 'PublicKey']),
      );
      expect(pair).not.toHaveProperty('PrivateKeyPlaintext');
    });
  });
}
