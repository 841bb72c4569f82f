import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultKeyPolicy } from './default-key-policy.ts';
import { parsePolicyDocument } from './document.ts';
import { PolicySyntaxError } from './policy-syntax-error.ts';
import { compactPolicy, formatPolicy } from './reformat.ts';

describe('defaultKeyPolicy', () => {
  it('is the text that GetKeyPolicy returns for a key created without a policy', () => {
    expect(defaultKeyPolicy('111122223333').split('\n')).toEqual([
      '{',
      '  "Version" : "2012-10-17",',
      '  "Id" : "key-default-1",',
      '  "Statement" : [ {',
      '    "Sid" : "Enable IAM User Permissions",',
      '    "Effect" : "Allow",',
      '    "Principal" : {',
      '      "AWS" : "arn:aws:iam::111122223333:root"',
      '    },',
      '    "Action" : "kms:*",',
      '    "Resource" : "*"',
      '  } ]',
      '}',
    ]);
  });

  it('is a policy document', () => {
    expect(parsePolicyDocument(defaultKeyPolicy('111122223333')).statements).toHaveLength(1);
  });
});

describe('formatPolicy', () => {
  it('leaves the default policy as it is', () => {
    const text = defaultKeyPolicy('111122223333');
    expect(formatPolicy(text)).toBe(text);
    expect(formatPolicy(JSON.stringify(JSON.parse(text)))).toBe(text);
  });

  it('keeps the value of every JSON text and has nothing to do the second time', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const formatted = formatPolicy(text);
        expect(JSON.parse(formatted)).toEqual(JSON.parse(text));
        expect(formatPolicy(formatted)).toBe(formatted);
      }),
    );
  });

  it('writes arrays on the line and keeps the order of members and items', () => {
    expect(formatPolicy('{"b":["y","x"],"a":[{"c":1},{}],"d":[]}')).toBe(
      '{\n  "b" : [ "y", "x" ],\n  "a" : [ {\n    "c" : 1\n  }, { } ],\n  "d" : [ ]\n}',
    );
  });

  it('keeps members called __proto__ and members that look like indices in their place', () => {
    expect(formatPolicy('{"z":1,"__proto__":{"a":2},"1":3}')).toBe(
      '{\n  "z" : 1,\n  "__proto__" : {\n    "a" : 2\n  },\n  "1" : 3\n}',
    );
  });

  it.each(['1.0', '-0', '1E400', '123456789012345678901234567890', '0.10'])(
    'keeps the number %s as written',
    (text) => {
      expect(formatPolicy(`{"a":${text}}`)).toBe(`{\n  "a" : ${text}\n}`);
    },
  );

  it.each(['', '{', '{"a":1,"a":2}', '['.repeat(32_768)])('refuses %.20s with PolicySyntaxError', (text) => {
    expect(() => formatPolicy(text)).toThrow(PolicySyntaxError);
  });
});

describe('compactPolicy', () => {
  it('keeps all that formatPolicy keeps', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const compact = compactPolicy(formatPolicy(text));
        expect(compact).toBe(compactPolicy(text));
        expect(formatPolicy(compact)).toBe(formatPolicy(text));
      }),
    );
  });

  it('leaves white space where it stands in a text', () => {
    expect(compactPolicy('{ "a b" : [ "c\\n d", true, null, { } ] }')).toBe(
      '{"a b":["c\\n d",true,null,{}]}',
    );
  });

  it.each(['1.0', '-0', '1E400', '123456789012345678901234567890', '0.10'])(
    'keeps the number %s as written',
    (text) => {
      expect(compactPolicy(`{ "a" : ${text} }`)).toBe(`{"a":${text}}`);
    },
  );

  it.each(['', '{', '{"a":1,"a":2}', '['.repeat(32_768)])('refuses %.20s with PolicySyntaxError', (text) => {
    expect(() => compactPolicy(text)).toThrow(PolicySyntaxError);
  });
});

describe('formatPolicy with other names', () => {
  const [arn, id] = ['arn:aws:iam::111122223333:user/alice', 'AIDAIOSFODNN7EXAMPLE1'];
  const rename = new Map([[arn, id]]);
  const renamed = (policy: unknown) => JSON.parse(formatPolicy(JSON.stringify(policy), rename)) as unknown;

  it('writes them in the place of principals', () => {
    expect(renamed({ Statement: { Principal: { AWS: arn } } })).toEqual({
      Statement: { Principal: { AWS: id } },
    });
    expect(renamed({ Statement: [{ NotPrincipal: { AWS: ['*', arn] } }, { Principal: '*' }] })).toEqual({
      Statement: [{ NotPrincipal: { AWS: ['*', id] } }, { Principal: '*' }],
    });
  });

  it.each([
    [{ Id: arn }],
    [{ Statement: { Sid: arn, Resource: arn, Condition: { ArnLike: { 'aws:PrincipalArn': arn } } } }],
    [{ Statement: { Principal: { Federated: arn, Service: arn } } }],
    [{ Statement: { Principal: { AWS: `${arn}s` } } }],
    [{ Principal: { AWS: arn } }],
  ])('leaves everything else: %j', (policy) => {
    expect(renamed(policy)).toEqual(policy);
  });
});
