import {
  CreateKeyCommand,
  ListResourceTagsCommand,
  type ListResourceTagsCommandInput,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, invalidMarker, membersOf, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();

const tag = (KeyId: string, Tags: Tag[] | undefined) =>
  kms.client.send(new TagResourceCommand({ KeyId, Tags }));
const untag = (KeyId: string, TagKeys: string[] | undefined) =>
  kms.client.send(new UntagResourceCommand({ KeyId, TagKeys }));
const list = (input: ListResourceTagsCommandInput) => kms.client.send(new ListResourceTagsCommand(input));
const tagsOf = async (KeyId: string) => (await list({ KeyId })).Tags;
const numbered = (count: number, from = 0): Tag[] =>
  Array.from({ length: count }, (_, at) => ({
    TagKey: `t${String(from + at).padStart(2, '0')}`,
    TagValue: String(at),
  }));
const tagRefusal = (text: string) => refusal('TagException', text);

describe('TagResource', () => {
  it('adds tags, overwrites the values of existing ones, and answers with an empty body', async () => {
    const { id } = await kms.createKey({ Tags: [{ TagKey: 'A', TagValue: '1' }] });
    const reply = await tag(id, [
      { TagKey: 'B', TagValue: '2' },
      { TagKey: 'A', TagValue: 'new' },
    ]);
    expect(membersOf(reply)).toEqual({});
    expect(await tagsOf(id)).toEqual([
      { TagKey: 'A', TagValue: 'new' },
      { TagKey: 'B', TagValue: '2' },
    ]);
  });

  it('takes an empty value, keys that differ in case only, and every permitted character', async () => {
    const { id } = await kms.createKey();
    const Tags = [
      { TagKey: 'Case', TagValue: '' },
      { TagKey: 'case', TagValue: 'Ärger 值 _./=+-:@' },
      { TagKey: 'xaws:', TagValue: 'x' },
      { TagKey: 'é _./=+-:@ 9', TagValue: 'x' },
    ];
    await tag(id, Tags);
    expect(await tagsOf(id)).toEqual(Tags);
  });

  it('takes a key of 128 characters and a value of 256', async () => {
    const { id } = await kms.createKey();
    const Tags = [{ TagKey: 'k'.repeat(128), TagValue: 'v'.repeat(256) }];
    await tag(id, Tags);
    expect(await tagsOf(id)).toEqual(Tags);
  });

  it.each([
    [{ TagKey: 'k'.repeat(129), TagValue: '' }, "'tags.1.member.tagKey'", 'less than or equal to 128'],
    [{ TagKey: '', TagValue: '' }, "'tags.1.member.tagKey'", 'greater than or equal to 1'],
    [{ TagKey: 'k', TagValue: 'v'.repeat(257) }, "'tags.1.member.tagValue'", 'less than or equal to 256'],
  ])('refuses the tag %j with ValidationException', async (Tag, path, bound) => {
    const { id } = await kms.createKey();
    const { name, message } = await refusalOf(tag(id, [Tag]));
    expect(name).toBe('ValidationException');
    expect(message).toContain(`at ${path} failed to satisfy constraint: Member must have length ${bound}`);
  });

  it('refuses missing tags with ValidationException', async () => {
    const { id } = await kms.createKey();
    expect(await refusalOf(tag(id, undefined))).toEqual(
      constraintRefusal("Value null at 'tags' failed to satisfy constraint: Member must not be null"),
    );
  });

  it.each(['aws:x', 'AWS:x', 'aWs:', 'aws:cloudformation:stack-name'])(
    'refuses the tag key %s with TagException',
    async (TagKey) => {
      const { id } = await kms.createKey();
      const expected = tagRefusal('Tags beginning with aws: are reserved');
      expect(await refusalOf(tag(id, [{ TagKey, TagValue: 'x' }]))).toEqual(expected);
      expect(await tagsOf(id)).toEqual([]);
    },
  );

  it('refuses one tag key twice in a request with TagException and adds none', async () => {
    const { id } = await kms.createKey();
    const request = tag(id, [
      { TagKey: 'A', TagValue: '1' },
      { TagKey: 'A', TagValue: '2' },
    ]);
    expect(await refusalOf(request)).toEqual(tagRefusal('Duplicate tag keys'));
    expect(await tagsOf(id)).toEqual([]);
  });

  it.each(['a*b', 'a,b', 'a;b', '<a>', 'a\nb', 'a\u0000b', 'a\u{1f511}'])(
    'refuses the characters of %j with TagException',
    async (text) => {
      const { id } = await kms.createKey();
      const expected = tagRefusal('A tag key or tag value contains invalid characters.');
      expect(await refusalOf(tag(id, [{ TagKey: text, TagValue: '' }]))).toEqual(expected);
      expect(await refusalOf(tag(id, [{ TagKey: 'k', TagValue: text }]))).toEqual(expected);
    },
  );

  it('refuses a 51st tag with TagException and adds none of the request', async () => {
    const { id } = await kms.createKey({ Tags: numbered(49) });
    expect(await refusalOf(tag(id, numbered(2, 49)))).toEqual(tagRefusal('Too many tags'));
    expect(await tagsOf(id)).toHaveLength(49);
    await tag(id, numbered(1, 49));
    expect(await refusalOf(tag(id, numbered(1, 50)))).toEqual(tagRefusal('Too many tags'));
  });

  it('refuses 51 tags at once with TagException', async () => {
    const { id } = await kms.createKey();
    expect(await refusalOf(tag(id, numbered(51)))).toEqual(tagRefusal('Too many tags'));
  });

  it('overwrites tags of a key that has 50 of them', async () => {
    const { id } = await kms.createKey({ Tags: numbered(50) });
    await tag(id, [{ TagKey: 't49', TagValue: 'new' }]);
    expect((await tagsOf(id))?.at(-1)).toEqual({ TagKey: 't49', TagValue: 'new' });
  });
});

describe('UntagResource', () => {
  it('removes the named tags only and answers with an empty body', async () => {
    const { id } = await kms.createKey({ Tags: numbered(3) });
    expect(membersOf(await untag(id, ['t00', 't02']))).toEqual({});
    expect(await tagsOf(id)).toEqual([{ TagKey: 't01', TagValue: '1' }]);
  });

  it('succeeds for a tag key that the key does not have, and one named twice', async () => {
    const { id } = await kms.createKey({ Tags: numbered(1) });
    expect(membersOf(await untag(id, ['absent', 't00', 't00', 'T00']))).toEqual({});
    expect(await tagsOf(id)).toEqual([]);
  });

  it('makes room for another tag', async () => {
    const { id } = await kms.createKey({ Tags: numbered(50) });
    await untag(id, ['t07']);
    await tag(id, [{ TagKey: 'u', TagValue: '' }]);
    expect(await tagsOf(id)).toHaveLength(50);
  });

  it('refuses missing tag keys with ValidationException', async () => {
    const { id } = await kms.createKey();
    expect(await refusalOf(untag(id, undefined))).toEqual(
      constraintRefusal("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"),
    );
  });

  it('refuses an empty tag key with ValidationException', async () => {
    const { id } = await kms.createKey();
    const { name, message } = await refusalOf(untag(id, ['a', '']));
    expect(name).toBe('ValidationException');
    expect(message).toContain('Member must have length greater than or equal to 1');
  });
});

describe('ListResourceTags', () => {
  it('lists tags by key, and Truncated false with the last page', async () => {
    const { id: KeyId } = await kms.createKey({ Tags: numbered(50).reverse() });
    expect(membersOf(await list({ KeyId }))).toEqual({ Tags: numbered(50), Truncated: false });
  });

  it.each([1, 7, 25, 49])('shows every tag once in pages of %i', async (Limit) => {
    const { id: KeyId } = await kms.createKey({ Tags: numbered(50) });
    expect(await listAll(KeyId, Limit)).toEqual(numbered(50));
  });

  it('shows every tag once whatever characters the keys begin with', async () => {
    const Tags = ['z', 'ä', '\u4e2d', '\uf900', '\u{20000}', '\u{2f800}'].map((TagKey) => ({
      TagKey,
      TagValue: '',
    }));
    const { id: KeyId } = await kms.createKey({ Tags });
    const shown = await listAll(KeyId, 1);
    expect(shown).toHaveLength(Tags.length);
    expect(new Set(shown.map(({ TagKey }) => TagKey)).size).toBe(Tags.length);
  });

  it('goes on after a tag that is gone', async () => {
    const { id: KeyId } = await kms.createKey({ Tags: numbered(4) });
    const { NextMarker: Marker } = await list({ KeyId, Limit: 2 });
    await untag(KeyId, ['t01', 't02']);
    expect(membersOf(await list({ KeyId, Marker }))).toEqual({
      Tags: numbered(4).slice(3),
      Truncated: false,
    });
  });

  it('refuses a marker of another key with InvalidMarkerException', async () => {
    const [one, other] = [
      await kms.createKey({ Tags: numbered(2) }),
      await kms.createKey({ Tags: numbered(2) }),
    ];
    const { NextMarker: Marker } = await list({ KeyId: one.id, Limit: 1 });
    expect(await refusalOf(list({ KeyId: other.id, Marker }))).toEqual(invalidMarker);
  });

  it('refuses a marker that it did not give out with InvalidMarkerException', async () => {
    const { id: KeyId } = await kms.createKey();
    expect(await refusalOf(list({ KeyId, Marker: 'marker' }))).toEqual(invalidMarker);
  });

  it('gives at most 50 tags a page although the shape takes a limit of 1,000, and refuses 1,001', async () => {
    const { id: KeyId } = await kms.createKey({ Tags: numbered(50) });
    expect((await list({ KeyId, Limit: 1000 })).Tags).toHaveLength(50);
    expect(await refusalOf(list({ KeyId, Limit: 1001 }))).toEqual(
      constraintRefusal(
        "Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000",
      ),
    );
  });

  async function listAll(KeyId: string, Limit: number): Promise<Tag[]> {
    const tags: Tag[] = [];
    let Marker: string | undefined;
    do {
      const page = await list({ KeyId, Limit, Marker });
      tags.push(...(page.Tags ?? []));
      expect(page.Truncated).toBe(page.NextMarker !== undefined);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    return tags;
  }
});

describe('tags of a new key', () => {
  it('are those of CreateKey, and do not reach the next key', async () => {
    const { id } = await kms.createKey({ Tags: numbered(2) });
    const { KeyMetadata } = await kms.client.send(new CreateKeyCommand({}));
    expect(await tagsOf(id)).toEqual(numbered(2));
    expect(await tagsOf(KeyMetadata?.KeyId ?? '')).toEqual([]);
  });
});
