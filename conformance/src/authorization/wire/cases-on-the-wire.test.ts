import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '@keyhaven/testkit';
import { decisionCases } from '../cases/index.ts';
import type { DecisionCase } from '../decision-case.ts';
import { CaseWorld } from './case-world.ts';

/** The whole table, asked of a running service by clients of the SDK that sign as the principals do. */
describe.each(Object.entries(decisionCases))('On the wire: %s', (_theme, cases) => {
  const asked = cases.filter(({ pureOnly }) => pureOnly === undefined);
  let world: CaseWorld;
  beforeAll(async () => {
    world = await CaseWorld.start(asked);
  });
  afterAll(() => world.close());

  it.each(asked.map((one, index) => ({ ...one, index })))('$name', async (one) => {
    const { key, callerArn, request } = await world.ask(one.index);
    if (one.expected === 'allow') {
      await request;
      return;
    }
    const { name, message } = await refusalOf(request);
    expect({ name, message }).toEqual({
      name: 'AccessDeniedException',
      message: expect.stringContaining(reasonOf(one)) as string,
    });
    expect(message).toContain(`User: ${callerArn} is not authorized to perform: ${deniedAction(one)}`);
    if (message.includes(' on resource: arn:') && message.includes(':key/'))
      expect(message).toContain(key.arn);
  });
});

function deniedAction({ expected, request }: DecisionCase): string {
  const of = expected === 'allow' ? undefined : expected.of;
  return of ?? request.asks?.[0]?.action ?? `kms:${request.operation}`;
}

function reasonOf(one: DecisionCase): string {
  const { expected } = one;
  if (expected === 'allow') throw new Error('it is not refused');
  if (one.isConcealedOnTheWire === true)
    return `because no resource-based policy allows the ${deniedAction(one)} action`;
  const { deny, by } = expected;
  if (by === 'silence') return `because no ${deny} allows the ${deniedAction(one)} action`;
  return `with an explicit deny in ${deny === 'identity-based policy' ? 'an' : 'a'} ${deny}`;
}
