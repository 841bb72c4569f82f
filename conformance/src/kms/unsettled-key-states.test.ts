import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  type KMSClient,
  ReplicateKeyCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importWrapped, keyKinds, kindFor, productOf, replicaRegion, wrapFor } from './key-kinds.ts';
import { keyStateTable, refusals } from './key-state-table.ts';
import { KmsUnderTest, rootArn } from './kms-under-test.ts';
import { requestsOnKey, type Subject } from './requests.ts';

const kms = new KmsUnderTest();
/** While it is true, multi-Region keys stay Creating and Updating: normally they are for milliseconds. */
let isHeld = false;
let elsewhere: KMSClient;

const states = ['Creating', 'Updating'] as const;
type UnsettledState = (typeof states)[number];
interface SubjectInRegion extends Subject {
  readonly arn: string;
}
const subjects = new Map<string, SubjectInRegion>();

const cases = Object.entries(requestsOnKey).flatMap(([name, request]) =>
  states.map((state) => ({ name, request, state, answer: keyStateTable[name]?.[state] })),
);
const permitted = cases.filter(({ answer }) => answer === 'permits');
const refused = cases.flatMap(({ answer, ...rest }) =>
  answer === undefined || answer === 'permits' || answer === 'impossible' ? [] : [{ ...rest, answer }],
);

/** A primary key, its replica in the other Region with an alias, and what the primary made. */
async function replicated(name: string): Promise<SubjectInRegion> {
  const kind = kindFor(name);
  const { client } = kms;
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ ...keyKinds[kind], MultiRegion: true }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  if (kind === 'imported') await importWrapped(client, KeyId, await wrapFor(client, KeyId));
  const ciphertextBlob = await productOf(client, KeyId, kind);
  await client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: replicaRegion }));
  const aliasName = kms.newAliasName();
  await elsewhere.send(new CreateAliasCommand({ AliasName: aliasName, TargetKeyId: KeyId }));
  const arn = KeyMetadata?.Arn?.replace(/:kms:[^:]+:/, `:kms:${replicaRegion}:`) ?? '';
  return { KeyId, ciphertextBlob, aliasName, freeAliasName: kms.newAliasName(), arn };
}

/** All subjects stand in the Region of the replicas: there they are Creating, or the new primaries that are Updating. */
beforeAll(async () => {
  await kms.start({ isSettlingHeld: () => isHeld });
  elsewhere = kms.service.client({ region: replicaRegion });
  const names = Object.keys(requestsOnKey);
  for (const name of names) subjects.set(`${name} Updating`, await replicated(name));
  await kms.service.advance(1);
  for (const [name, subject] of subjects) {
    if (kindFor(name.replace(' Updating', '')) !== 'imported') continue;
    // The replica of a key with imported key material waits for its own.
    const wrapped = await wrapFor(elsewhere, subject.KeyId);
    await importWrapped(elsewhere, subject.KeyId, wrapped);
    subjects.set(name, { ...subject, wrapped });
  }
  for (const name of ['RetireGrant', 'RevokeGrant']) {
    const subject = subjectOf(name, 'Updating');
    const request = new CreateGrantCommand({
      KeyId: subject.KeyId,
      GranteePrincipal: rootArn,
      Operations: ['DescribeKey'],
    });
    subjects.set(`${name} Updating`, { ...subject, grantId: (await elsewhere.send(request)).GrantId });
  }
  isHeld = true;
  for (const [, { KeyId }] of subjects)
    await kms.client.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: replicaRegion }));
  for (const name of names) subjects.set(`${name} Creating`, await replicated(name));
});
afterAll(() => kms.close());

function subjectOf(name: string, state: UnsettledState): SubjectInRegion {
  const subject = subjects.get(`${name} ${state}`);
  if (subject === undefined) throw new Error(`there is no key for ${name} in state ${state}`);
  return subject;
}

const stateOf = async (KeyId: string) =>
  (await elsewhere.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

describe('a key state that passes by itself permits or refuses an operation', () => {
  it.each(permitted)('$name succeeds on a key in state $state', async ({ name, request, state }) => {
    const subject = subjectOf(name, state);
    expect(await stateOf(subject.KeyId)).toBe(state);
    expect((await request(elsewhere, subject)).$metadata.httpStatusCode).toBe(200);
  });

  it.each(refused)(
    '$name refuses a key in state $state: $answer',
    async ({ name, request, state, answer }) => {
      const subject = subjectOf(name, state);
      expect(await refusalOf(request(elsewhere, subject))).toEqual(refusals[answer](subject.arn));
      expect(await stateOf(subject.KeyId)).toBe(state);
    },
  );

  it.each([
    ['Creating', false],
    ['Updating', true],
  ] as const)('a key in state %s is described with Enabled: %s', async (state, isEnabled) => {
    const { KeyId } = subjectOf('DescribeKey', state);
    const { KeyMetadata } = await elsewhere.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ KeyState: state, Enabled: isEnabled });
  });
});
