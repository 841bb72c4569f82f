import {
  CreateKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  type ListKeysCommandInput,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { constraintRefusal, invalidMarker, keyArnOf, membersOf, useKms } from './kms-under-test.ts';

const kms = useKms();
const keyCount = 250;
let keyIds: readonly string[];

const list = (input: ListKeysCommandInput) => kms.client.send(new ListKeysCommand(input));

/** The key ids of every page from a marker on. */
async function listAll(Limit: number, marker?: string): Promise<string[]> {
  const ids: string[] = [];
  let Marker = marker;
  do {
    const page = await list({ Limit, Marker });
    ids.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId ?? ''));
    expect(page.Truncated).toBe(page.NextMarker !== undefined);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return ids;
}

beforeAll(async () => {
  const keys = await Promise.all(Array.from({ length: keyCount }, () => kms.createKey()));
  keyIds = keys.map(({ id }) => id).sort();
});

describe('ListKeys', () => {
  it('lists bare key ids and key ARNs, 100 a page unless told otherwise', async () => {
    const page = membersOf(await list({}));
    const NextMarker = expect.any(String) as string;
    const Keys = keyIds.slice(0, 100).map((KeyId) => ({ KeyId, KeyArn: keyArnOf(KeyId) }));
    expect(page).toEqual({ Keys, NextMarker, Truncated: true });
  });

  it('answers Truncated false and no NextMarker with the last page', async () => {
    const page = membersOf(await list({ Limit: 1000 }));
    expect(page).toEqual({ Keys: expect.any(Array) as unknown[], Truncated: false });
    expect(page.Keys).toHaveLength(keyCount);
  });

  it.each([1, 7, 50, 125, 249, 250, 251])('shows every key once in pages of %i', async (limit) => {
    expect(await listAll(limit)).toEqual(keyIds);
  });

  it('answers a page that is exactly full without a NextMarker when nothing follows', async () => {
    expect(await list({ Limit: keyCount })).toMatchObject({ Truncated: false });
    expect(await list({ Limit: keyCount - 1 })).toMatchObject({ Truncated: true });
  });

  it('gives out markers that do not show what they stand for', async () => {
    const { Keys = [], NextMarker = '' } = await list({ Limit: 5 });
    const last = Keys.at(-1)?.KeyId ?? '';
    for (const text of [NextMarker, Buffer.from(NextMarker, 'base64').toString('latin1')]) {
      expect(text).not.toContain(last);
    }
  });

  it.each(['x', Buffer.from('{"after":""}').toString('base64')])(
    'refuses the marker %j, which it did not give out, with InvalidMarkerException',
    async (Marker) => {
      expect(await refusalOf(list({ Marker }))).toEqual(invalidMarker);
    },
  );

  it('refuses a marker that was tampered with with InvalidMarkerException', async () => {
    const { NextMarker = '' } = await list({ Limit: 5 });
    const middle = Math.floor(NextMarker.length / 2);
    const changed = NextMarker[middle] === 'A' ? 'B' : 'A';
    const Marker = NextMarker.slice(0, middle) + changed + NextMarker.slice(middle + 1);
    expect(await refusalOf(list({ Marker }))).toEqual(invalidMarker);
  });

  it('refuses a marker of ListAliases with InvalidMarkerException', async () => {
    const { NextMarker } = await kms.client.send(new ListAliasesCommand({ Limit: 1 }));
    expect(NextMarker).toBeDefined();
    expect(await refusalOf(list({ Marker: NextMarker }))).toEqual(invalidMarker);
  });

  it('refuses a marker of another Region with InvalidMarkerException', async () => {
    const { NextMarker } = await list({ Limit: 1 });
    const elsewhere = kms.service.client({ region: 'eu-west-1' });
    expect(await refusalOf(elsewhere.send(new ListKeysCommand({ Marker: NextMarker })))).toEqual(
      invalidMarker,
    );
  });

  it.each([
    [0, 'greater than or equal to 1'],
    [1001, 'less than or equal to 1000'],
  ])('refuses the limit %i with ValidationException', async (Limit, bound) => {
    expect(await refusalOf(list({ Limit }))).toEqual(
      constraintRefusal(
        `Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
      ),
    );
  });

  it('refuses an empty marker with ValidationException', async () => {
    const { name, message } = await refusalOf(list({ Marker: '' }));
    expect(name).toBe('ValidationException');
    expect(message).toContain("Value '' at 'marker' failed to satisfy constraint");
  });
});

describe('ListKeys while keys come and go', () => {
  it('neither skips nor repeats a key that was there all along, whatever is made or destroyed between pages', async () => {
    const doomed = keyIds.filter((_, at) => at % 10 === 3).slice(0, 20);
    const { Keys = [], NextMarker } = await list({ Limit: 104 });
    // The last shown key is destroyed as well: its marker must still lead on.
    const lastShown = Keys.at(-1)?.KeyId ?? '';
    expect(doomed).toContain(lastShown);
    await destroy(doomed);
    const made = await Promise.all(
      Array.from({ length: 20 }, () => kms.client.send(new CreateKeyCommand({}))),
    );
    const madeIds = new Set(made.map(({ KeyMetadata }) => KeyMetadata?.KeyId));

    const shown = [...Keys.map(({ KeyId }) => KeyId ?? ''), ...(await listAll(30, NextMarker))];
    expect(new Set(shown).size).toBe(shown.length);
    const stayed = keyIds.filter((id) => !doomed.includes(id));
    expect(shown.filter((id) => !doomed.includes(id) && !madeIds.has(id))).toEqual(stayed);
  });

  async function destroy(ids: readonly string[]): Promise<void> {
    const schedule = (KeyId: string) =>
      kms.client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await Promise.all(ids.map(schedule));
    await kms.service.advance(8 * day);
  }
});
