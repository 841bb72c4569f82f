import { findHeader } from '../../protocol/wire-request.ts';
import { type ConditionRow, one, some, type Values, valuesOf, yesOrNo } from './condition-row.ts';

// How, when and with which tags it is asked ("AWS global condition context keys", IAM User Guide).

/** Actions whose request has tags, or the keys of tags ("Conditions for tagging", permissions reference, KMS Developer Guide). */
const taggingActions: ReadonlySet<string> = new Set([
  'kms:CreateKey',
  'kms:TagResource',
  'kms:UntagResource',
]);

interface RequestTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** Of a request whose input is valid: its member `Tags`, where the operation has one. */
function tagsOf(input: Readonly<Record<string, unknown>>): readonly RequestTag[] {
  const tags = input['Tags'];
  return Array.isArray(tags) ? (tags as readonly RequestTag[]) : [];
}

function tagKeysOf(input: Readonly<Record<string, unknown>>): Values {
  const keys = input['TagKeys'];
  return some(Array.isArray(keys) ? (keys as readonly string[]) : tagsOf(input).map(({ TagKey }) => TagKey));
}

export const requestRows: readonly ConditionRow[] = [
  { name: 'aws:SourceIp', valuesIn: ({ wire }) => one(wire.sourceIp) },
  { name: 'aws:SecureTransport', valuesIn: ({ wire }) => yesOrNo(wire.isSecure) },
  { name: 'aws:UserAgent', valuesIn: ({ wire }) => one(findHeader(wire, 'user-agent')) },
  { name: 'aws:Referer', valuesIn: ({ wire }) => one(findHeader(wire, 'referer')) },
  { name: 'aws:CurrentTime', valuesIn: ({ receivedAt }) => one(new Date(receivedAt).toISOString()) },
  { name: 'aws:EpochTime', valuesIn: ({ receivedAt }) => one(String(Math.floor(receivedAt / 1000))) },
  {
    name: 'aws:RequestedRegion',
    valuesIn: ({ caller }, permission) =>
      one((permission.kind === 'account' ? permission.replicates?.region : undefined) ?? caller.region),
  },
  {
    name: 'aws:RequestTag/',
    valuesIn: ({ input }, permission, rest) => {
      if (permission.kind === 'role') return valuesOf(permission.session.tags, rest);
      if (!taggingActions.has(permission.action)) return undefined;
      return valuesOf(
        tagsOf(input).map(({ TagKey, TagValue }) => [TagKey, TagValue] as const),
        rest,
      );
    },
  },
  {
    name: 'aws:TagKeys',
    valuesIn: ({ input }, permission) => {
      if (permission.kind === 'role') return some([...permission.session.tags.keys()]);
      return taggingActions.has(permission.action) ? tagKeysOf(input) : undefined;
    },
  },
];
