import { AwsError, encryptionContext, keyId, required, type Members } from '@keyhaven/api-model';
import { describe, expect, it } from 'vitest';
import { rootPrincipal } from '../authentication/index.ts';
import { accountTarget } from '../pipeline/targets/account.ts';
import type { Operation } from '../pipeline/operation.ts';
import { JsonProtocol } from '../protocol/json-protocol.ts';
import { type RecordedCall, renderRecord } from './record.ts';

const operation: Operation = {
  name: 'Encrypt',
  access: 'read',
  input: { KeyId: required(keyId), EncryptionContext: encryptionContext } satisfies Members,
  output: undefined,
  target: accountTarget('Encrypt'),
  recorded: ['KeyId', 'EncryptionContext'],
  act: () => ({ output: undefined }),
};

function call(input: Readonly<Record<string, unknown>>, rawHeaders: readonly string[] = []): RecordedCall {
  return {
    wire: {
      method: 'POST',
      path: '/',
      query: '',
      rawHeaders,
      body: Buffer.alloc(0),
      sourceIp: '127.0.0.1',
      isSecure: false,
    },
    requestId: '0b2d3c6e-4f0a-4c1b-9d0e-1f2a3b4c5d6e',
    receivedAt: 1_700_000_000_000,
    protocol: new JsonProtocol(new Map()),
    operation,
    json: {},
    caller: {
      principal: rootPrincipal('000000000000'),
      accountId: '000000000000',
      accessKeyId: 'test',
      region: 'eu-west-2',
      session: undefined,
      service: undefined,
    },
    input,
  };
}

const read = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('An audit record', () => {
  it('is JSON whatever the caller puts into its values', () => {
    const context = new Map([
      ['__proto__', '"quoted" \\ and\nlines'],
      ['constructor', '\u2028 \u0000 é'],
    ]);
    const { record } = renderRecord(call({ KeyId: 'alias/"x"', EncryptionContext: context }), undefined);
    const { KeyId, EncryptionContext } = read(record)['requestParameters'] as Record<string, object>;
    expect(KeyId).toBe('alias/"x"');
    expect(new Map(Object.entries(EncryptionContext ?? {}))).toEqual(context);
  });

  it('shows no member that the operation does not list', () => {
    const { record } = renderRecord(call({ KeyId: 'k', Plaintext: Buffer.from('secret') }), undefined);
    expect(read(record)['requestParameters']).toEqual({ KeyId: 'k' });
  });

  it('keeps the beginning of a long refusal and of a long user agent', () => {
    const error = new AwsError('ValidationException', 'x'.repeat(1_000_000));
    const { record } = renderRecord(call({}, ['User-Agent', 'y'.repeat(5000)]), error);
    expect(read(record)['errorMessage']).toBe('x'.repeat(2048));
    expect(read(record)['userAgent']).toBe('y'.repeat(1024));
  });

  it('leaves out parameters of more than 100 KiB, and says so', () => {
    const { record } = renderRecord(call({ KeyId: 'k'.repeat(200_000) }), undefined);
    expect(read(record)).toMatchObject({ requestParameters: null, requestParametersOmitted: true });
  });

  it('gives each record an event id of its own', () => {
    const ids = [1, 2].map(() => renderRecord(call({}), undefined).eventId);
    expect(new Set(ids).size).toBe(2);
  });
});
