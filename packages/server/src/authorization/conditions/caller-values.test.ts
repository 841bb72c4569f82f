import { describe, expect, it } from 'vitest';
import { rootPrincipal } from '../../authentication/principal.ts';
import {
  accountId,
  alice,
  callerOf,
  identityOf,
  now,
  requestOf,
  service,
  session,
  sessionFacts,
} from '../questions.test-support.ts';
import type { RequestFacts, Values } from './condition-row.ts';
import { create, encrypt, key, valueOf } from './values.test-support.ts';

describe('What a request says of its caller:', () => {
  const of = (name: string, request: RequestFacts) => valueOf(name, encrypt, request);
  const user = requestOf(alice);
  const root = requestOf(rootPrincipal(accountId));
  const ofSession = requestOf(session, identityOf(), {
    caller: callerOf(session, { session: { ...sessionFacts, sourceIdentity: 'ann' } }),
  });
  const ofService = requestOf(service, identityOf(), {
    caller: callerOf(service, {
      service: {
        serviceName: 's3.amazonaws.com',
        viaService: undefined,
        sourceArn: 'arn:aws:s3:::bucket',
        sourceAccount: '777788889999',
      },
    }),
  });
  const viaService = requestOf(alice, identityOf(), {
    caller: callerOf(alice, {
      service: {
        serviceName: 's3.amazonaws.com',
        viaService: 's3.eu-west-2.amazonaws.com',
        sourceArn: undefined,
        sourceAccount: undefined,
      },
    }),
  });

  it.each<[string, RequestFacts, Values]>([
    ['aws:PrincipalArn', user, [alice.arn]],
    ['aws:PrincipalArn', root, [`arn:aws:iam::${accountId}:root`]],
    ['aws:PrincipalArn', ofSession, [`arn:aws:iam::${accountId}:role/ops/Admin`]],
    ['aws:PrincipalArn', ofService, undefined],
    ['aws:PrincipalAccount', ofSession, [accountId]],
    ['aws:PrincipalAccount', ofService, undefined],
    ['aws:PrincipalType', root, ['Account']],
    ['aws:PrincipalType', user, ['User']],
    ['aws:PrincipalType', ofSession, ['AssumedRole']],
    ['aws:PrincipalType', ofService, undefined],
    ['aws:userid', user, ['AIDAALICEALICEALICE1']],
    ['aws:userid', root, [accountId]],
    ['aws:userid', ofSession, ['AROAADMINADMINADMIN1:build']],
    ['aws:username', user, ['alice']],
    ['aws:username', ofSession, undefined],
    ['aws:username', root, undefined],
    ['aws:TokenIssueTime', ofSession, [new Date(now - 60_000).toISOString()]],
    ['aws:TokenIssueTime', user, undefined],
    ['aws:SourceIdentity', ofSession, ['ann']],
    ['aws:SourceIdentity', user, undefined],
    ['aws:MultiFactorAuthPresent', user, undefined],
    ['aws:MultiFactorAuthPresent', ofSession, ['false']],
    ['aws:ViaAWSService', viaService, ['true']],
    ['aws:ViaAWSService', ofService, ['false']],
    ['aws:CalledVia', viaService, ['s3.amazonaws.com']],
    ['aws:CalledViaFirst', viaService, ['s3.amazonaws.com']],
    ['aws:CalledViaLast', user, undefined],
    ['kms:ViaService', viaService, ['s3.eu-west-2.amazonaws.com']],
    ['kms:ViaService', ofService, undefined],
    ['aws:PrincipalIsAWSService', ofService, ['true']],
    ['aws:PrincipalIsAWSService', viaService, ['false']],
    ['aws:PrincipalServiceName', ofService, ['s3.amazonaws.com']],
    ['aws:PrincipalServiceName', user, undefined],
    ['aws:SourceArn', ofService, ['arn:aws:s3:::bucket']],
    ['aws:SourceAccount', ofService, ['777788889999']],
    ['aws:SourceArn', user, undefined],
    ['kms:CallerAccount', user, [accountId]],
    ['kms:CallerAccount', ofService, undefined],
  ])('%s', (name, request, values) => {
    expect(of(name, request)).toEqual(values);
  });

  it('its tags, whatever the case of their keys', () => {
    const identity = { ...identityOf(), tags: new Map([['Team', 'red']]) };
    expect(of('aws:PrincipalTag/team', requestOf(alice, identity))).toEqual(['red']);
    expect(of('aws:PrincipalTag/teams', requestOf(alice, identity))).toBeUndefined();
  });
});

describe('What a request says of itself:', () => {
  it.each<[string, Values]>([
    ['aws:SourceIp', ['192.0.2.1']],
    ['aws:UserAgent', ['aws-cli/2']],
    ['aws:Referer', undefined],
    ['aws:SecureTransport', ['false']],
    ['aws:CurrentTime', ['2026-05-01T12:00:00.000Z']],
    ['aws:EpochTime', [String(now / 1000)]],
    ['aws:RequestedRegion', ['eu-west-2']],
    ['aws:ResourceAccount', [accountId]],
    ['aws:SourceVpc', undefined],
    ['aws:Nonsense', undefined],
    ['kms:Nonsense', undefined],
  ])('%s', (name, values) => {
    expect(valueOf(name)).toEqual(values);
  });

  it('that it came over TLS', () => {
    const wire = { sourceIp: '::1', isSecure: true, rawHeaders: [] };
    const request = requestOf(alice, identityOf(), { wire });
    expect(valueOf('aws:SecureTransport', encrypt, request)).toEqual(['true']);
  });

  it('the Region of a replica that is to be made', () => {
    const replicates = { key, region: 'us-east-1' };
    expect(valueOf('aws:RequestedRegion', { ...create, replicates })).toEqual(['us-east-1']);
  });
});
