import { describe, expect, it } from 'vitest';
import { renderServiceEvent } from '../audit/record.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { JournalFindings } from './destroyed-keys.ts';
import type { JournalRecord } from './read-journal.ts';

const arn = 'arn:aws:kms:eu-west-2:000000000000:key/a-key';
const details = {
  awsRegion: 'eu-west-2',
  accountId: '000000000000',
  resources: [arn],
  keyMaterialIds: ['m1', 'm2'],
};

/** A record as the journal holds it. */
function serviceEvent(name: string, changes: Readonly<Record<string, unknown>> = details): JournalRecord {
  return JSON.parse(renderServiceEvent(name, 1000, changes).record) as JournalRecord;
}

function findingsOf(...records: readonly JournalRecord[]): JournalFindings {
  const findings = new JournalFindings();
  for (const record of records) findings.note(record);
  return findings;
}

const address = { accountId: '000000000000', region: 'eu-west-2', keyId: 'a-key' };

describe('What a journal says of destroyed keys', () => {
  it('is where each was, when it was destroyed, and the ids of its key material', () => {
    expect(findingsOf(serviceEvent('DeleteKey')).destroyed).toEqual([
      { address, destroyedAt: 1000, materialIds: ['m1', 'm2'] },
    ]);
  });

  it('is understood without the ids of key material, as earlier versions wrote it', () => {
    const older = { ...details, keyMaterialIds: undefined };
    expect(findingsOf(serviceEvent('DeleteKey', older)).destroyed).toEqual([
      { address, destroyedAt: 1000, materialIds: [] },
    ]);
  });

  it('counts each key once', () => {
    expect(findingsOf(serviceEvent('DeleteKey'), serviceEvent('DeleteKey')).destroyed).toHaveLength(1);
  });

  it.each<readonly [string, JournalRecord]>([
    ["a caller's request of that name", { ...serviceEvent('DeleteKey'), eventType: 'AwsApiCall' }],
    ['a record without a type', { eventName: 'DeleteKey', resources: [arn] }],
    ['a scheduled deletion', { eventName: 'ScheduleKeyDeletion', readOnly: false, resources: [arn] }],
    ['another event', serviceEvent('RotateKey')],
    ['nothing', {}],
  ])('is nothing in %s', (_what, record) => {
    expect(findingsOf(record).destroyed).toEqual([]);
  });

  it.each([
    ['no key', { ...details, resources: [] }],
    ['two keys', { ...details, resources: [arn, arn] }],
    ['an alias', { ...details, resources: ['arn:aws:kms:eu-west-2:000000000000:alias/x'] }],
    ['no Region', { ...details, awsRegion: undefined }],
    ['other ids of key material', { ...details, keyMaterialIds: 7 }],
  ])('is refused rather than passed over where a destruction names %s', (_what, changes) => {
    expect(() => findingsOf(serviceEvent('DeleteKey', changes))).toThrow(BackupRefusal);
  });
});

describe('Where the primary of a multi-Region key was by its destruction', () => {
  const moved = (awsRegion: string, changes: object = {}): JournalRecord => ({
    eventSource: 'kms.amazonaws.com',
    eventName: 'UpdatePrimaryRegion',
    readOnly: false,
    awsRegion,
    accountId: '000000000000',
    resources: [`arn:aws:kms:${awsRegion}:000000000000:key/a-key`],
    ...changes,
  });
  const regionOf = (...records: readonly JournalRecord[]) =>
    findingsOf(...records, serviceEvent('DeleteKey')).destroyed[0]?.primaryRegion;

  it('is where the last record of it is', () => {
    expect(regionOf(moved('eu-west-2'), moved('us-east-1'))).toBe('us-east-1');
    expect(regionOf(moved('us-east-1'), moved('eu-west-2'), moved('us-west-2'))).toBe('us-west-2');
  });

  it.each<readonly [string, JournalRecord]>([
    ['was refused', moved('us-east-1', { errorCode: 'DisabledException' })],
    [
      'is of another key',
      moved('us-east-1', { resources: ['arn:aws:kms:us-east-1:000000000000:key/b-key'] }),
    ],
    ['is of another account', moved('us-east-1', { accountId: '111122223333' })],
    ['is of another service', moved('us-east-1', { eventSource: 'sts.amazonaws.com' })],
    ['names no key', moved('us-east-1', { resources: [] })],
    ['is another event', moved('us-east-1', { eventName: 'SynchronizeMultiRegionKey' })],
  ])('is not told by a record that %s', (_what, record) => {
    expect(regionOf(record)).toBeUndefined();
  });

  it('is not told by a record that comes after it', () => {
    expect(
      findingsOf(serviceEvent('DeleteKey'), moved('us-east-1')).destroyed[0]?.primaryRegion,
    ).toBeUndefined();
  });
});

describe('What a journal says of deleted key material', () => {
  const request = {
    eventName: 'DeleteImportedKeyMaterial',
    readOnly: false,
    awsRegion: 'eu-west-2',
    accountId: '000000000000',
    resources: [arn],
    keyMaterialId: 'm1',
  };

  it('is whose it was, from requests and from expiries, each material once', () => {
    const findings = findingsOf(request, serviceEvent('DeleteExpiredKeyMaterial'), request);
    expect(findings.deletedMaterials).toEqual([{ address, materialIds: ['m1', 'm2'] }]);
    expect(findings.destroyed).toEqual([]);
  });

  it.each<readonly [string, JournalRecord]>([
    ['a request that was refused', { ...request, errorCode: 'AccessDeniedException' }],
    ['a request that found nothing to delete', { ...request, keyMaterialId: undefined }],
    ["a caller's request with the name of an expiry", { ...request, eventName: 'DeleteExpiredKeyMaterial' }],
    ['an import', { ...request, eventName: 'ImportKeyMaterial' }],
    ['the destruction of a key', serviceEvent('DeleteKey')],
  ])('is nothing in %s', (_what, record) => {
    expect(findingsOf(record).deletedMaterials).toEqual([]);
  });

  it.each<readonly [string, JournalRecord]>([
    ['a request that names no key', { ...request, resources: [] }],
    ['a request that names an alias', { ...request, resources: [arn.replace('key/', 'alias/')] }],
    [
      'an expiry without key material',
      serviceEvent('DeleteExpiredKeyMaterial', { ...details, keyMaterialIds: undefined }),
    ],
  ])('is refused rather than passed over in %s', (_what, record) => {
    expect(() => findingsOf(record)).toThrow(BackupRefusal);
  });
});

describe('What a journal says of lost changes', () => {
  it('counts what succeeded and changed something, by callers and by the service itself', () => {
    const write = { eventName: 'CreateKey', readOnly: false };
    const findings = findingsOf(
      write,
      serviceEvent('RotateKey'),
      { ...write, errorCode: 'AccessDeniedException' },
      { eventName: 'Decrypt', readOnly: true },
      serviceEvent('DeleteKey'),
      serviceEvent('JournalTailCut'),
      { kind: 'segment' },
    );
    expect(findings.changesLost).toBe(2);
  });

  it('says when the last record was made, if there is one', () => {
    expect(findingsOf({ eventTime: 5 }, { eventTime: 7 }, { kind: 'segment' }).lastAt).toBe(7);
    expect(findingsOf().lastAt).toBeUndefined();
  });
});
