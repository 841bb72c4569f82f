import type { Members, Shape } from './shape.ts';

/** One member, with everything that decoding, validating and encoding would otherwise work out per request. */
export interface MemberPlan {
  /** The member's AWS name. */
  readonly name: string;
  /** Its name in the path of a validation error. */
  readonly path: string;
  /** Its name in a reply: quoted, with the colon. */
  readonly label: string;
  readonly required: boolean;
  readonly shape: Shape;
}

/** The members in declared order. */
export type Plan = readonly MemberPlan[];

const plans = new WeakMap<Members, Plan>();

/** Works out the plan of `members` once and remembers it for as long as `members` live. */
export function planOf(members: Members): Plan {
  const known = plans.get(members);
  if (known !== undefined) return known;
  const plan = Object.entries(members).map(([name, member]) => ({
    name,
    path: name.charAt(0).toLowerCase() + name.slice(1),
    label: `${JSON.stringify(name)}:`,
    required: member.kind === 'required',
    shape: member.kind === 'required' ? member.shape : member,
  }));
  plans.set(members, plan);
  return plan;
}
