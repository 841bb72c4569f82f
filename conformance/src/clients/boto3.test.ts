import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBoto3 } from './boto3.ts';
import { run } from './programs.ts';

const installed = await findBoto3();
const none = [{ python: '', version: 'not installed' }];

describe.skipIf(installed.length === 0).each(installed.length === 0 ? none : installed)(
  'boto3 $version',
  ({ python }) => {
    let service: TestService;

    beforeAll(async () => {
      service = await startTestService();
    });

    afterAll(async () => {
      await service.close();
    });

    async function script(name: string, ...args: readonly string[]): Promise<unknown> {
      const path = join(import.meta.dirname, name);
      const { code, stdout, stderr } = await run(python, [path, service.url, ...args]);
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    }

    describe('sign-up and login', () => {
      let folder = '';
      let store = '';
      let key = '';
      const signup = (user: string, password: string) =>
        script('signup_login.py', store, key, 'signup', user, password);
      const login = (user: string, password: string) =>
        script('signup_login.py', store, key, 'login', user, password);

      beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'keyhaven-boto3-'));
        store = join(folder, 'users.json');
        const { KeyMetadata } = await service.client().send(new CreateKeyCommand({}));
        key = KeyMetadata?.KeyId ?? '';
        return () => {
          rmSync(folder, { recursive: true, force: true });
        };
      });

      it('let in whoever knows the password', async () => {
        expect(await signup('doryfish', 'nemo')).toEqual({ status: 'Signup Success' });
        expect(await login('doryfish', 'nemo')).toEqual({ status: 'Login Success' });
      });

      it('keep out whoever does not', async () => {
        await signup('doryfish', 'nemo');
        expect(await login('doryfish', 'marlin')).toEqual({ status: 'Login Failed' });
      });

      it('store nothing but a ciphertext blob that begins as those of AWS do', async () => {
        await signup('doryfish', 'a password of some length');
        const stored = readFileSync(store, 'utf8');
        expect(stored).not.toContain('a password of some length');
        expect(stored).toContain('"password": "AQICAH');
      });

      it('refuse a stored blob that was changed', async () => {
        await signup('doryfish', 'nemo');
        const users = JSON.parse(readFileSync(store, 'utf8')) as Record<string, { password: string }>;
        const blob = Buffer.from(users['doryfish']?.password ?? '', 'base64');
        blob[blob.length - 1] = (blob.at(-1) ?? 0) ^ 1;
        writeFileSync(store, JSON.stringify({ doryfish: { password: blob.toString('base64') } }));
        await expect(login('doryfish', 'nemo')).rejects.toThrow(
          /InvalidCiphertextException\) when calling the Decrypt operation/,
        );
      });
    });

    it('raises the exception class of each refusal', async () => {
      const refusals = (await script('boto3_checks.py', 'exceptions')) as readonly Readonly<
        Record<string, unknown>
      >[];
      expect(refusals.map((refusal) => [refusal['class'], refusal['code'], refusal['status']])).toEqual([
        ['NotFoundException', 'NotFoundException', 400],
        ['DisabledException', 'DisabledException', 400],
        ['InvalidCiphertextException', 'InvalidCiphertextException', 400],
        ['IncorrectKeyException', 'IncorrectKeyException', 400],
        ['AlreadyExistsException', 'AlreadyExistsException', 400],
        ['MalformedPolicyDocumentException', 'MalformedPolicyDocumentException', 400],
        ['KMSInvalidStateException', 'KMSInvalidStateException', 400],
        ['ClientError', 'ValidationException', 400],
      ]);
      expect(refusals[0]?.['message']).toBe(
        'Alias arn:aws:kms:eu-west-2:000000000000:alias/none is not found.',
      );
    });

    it('walks the pages of list_keys without gaps or repetitions', async () => {
      const { sizes, repeated, missing } = (await script('boto3_checks.py', 'pages')) as {
        readonly sizes: readonly number[];
        readonly repeated: number;
        readonly missing: number;
      };
      expect({ repeated, missing }).toEqual({ repeated: 0, missing: 0 });
      expect(sizes.length).toBeGreaterThan(2);
      expect(sizes.slice(0, -1).every((size) => size === 10)).toBe(true);
    });

    it('signs, makes MACs and data key pairs, and raises the exception class of each refusal', async () => {
      const { refusals, ...rest } = (await script('boto3_checks.py', 'pairs')) as {
        readonly refusals: readonly Readonly<Record<string, unknown>>[];
      };
      expect(rest).toEqual({
        signatureValid: true,
        macValid: true,
        pairOpens: true,
        publicKeyIsBytes: true,
        algorithms: ['ECDSA_SHA_256'],
      });
      expect(refusals.map((refusal) => refusal['class'])).toEqual([
        'KMSInvalidSignatureException',
        'KMSInvalidMacException',
        'InvalidKeyUsageException',
        'UnsupportedOperationException',
      ]);
      expect(refusals.every((refusal) => refusal['status'] === 400)).toBe(true);
    });

    it('makes, lists and ends grants, and raises the exception class of each refusal', async () => {
      const { refusals, ...rest } = (await script('boto3_checks.py', 'grants')) as {
        readonly refusals: readonly Readonly<Record<string, unknown>>[];
      };
      expect(rest).toEqual({
        sameGrant: true,
        sameToken: false,
        listed: 4,
        constraints: { EncryptionContextSubset: { Abteilung: 'Prüfung' } },
        operations: ['Decrypt', 'Encrypt'],
        hasTimeZone: true,
        isRetirable: true,
        left: 2,
      });
      expect(refusals.map((refusal) => refusal['class'])).toEqual([
        'InvalidGrantTokenException',
        'InvalidGrantIdException',
        'NotFoundException',
        'InvalidArnException',
      ]);
    });

    it('gives bytes, dates and text as Python expects them', async () => {
      expect(await script('boto3_checks.py', 'values')).toEqual({
        description: 'Schlüssel für ✓',
        hasTimeZone: true,
        isSame: true,
        keyIsArn: true,
        blobIsBytes: true,
      });
    });
  },
);
