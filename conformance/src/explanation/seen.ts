/** What the acts answer, as far as tests look at it. */
export interface SeenExplanation {
  readonly principal: string;
  readonly decision: 'allowed' | 'denied' | 'refused';
  readonly summary: string;
  readonly error?: { readonly code: string; readonly message: string; readonly status: number };
  readonly permissions: readonly {
    readonly action: string;
    readonly resource: string;
    readonly decision: string;
    readonly policies: readonly {
      readonly kind: string;
      readonly name: string;
      readonly verdict: string;
      readonly near: readonly object[];
    }[];
    readonly grants: readonly { readonly grantId: string; readonly covers: boolean }[];
    readonly toAllow?: readonly string[];
  }[];
  readonly unstated: readonly string[];
}

export interface SeenRecord {
  readonly then: { readonly outcome: string; readonly decidedBy?: string; readonly errorMessage?: string };
  readonly now?: SeenExplanation;
  readonly whyNotNow?: string;
  readonly differs?: boolean;
  readonly unrecorded: { readonly conditionKeys: readonly string[]; readonly facts: readonly string[] };
}

export interface SeenAccess {
  readonly principals: readonly {
    readonly principal: string;
    readonly kind: string;
    readonly access: readonly {
      readonly actions: readonly string[];
      readonly answer: string;
      readonly deciders: readonly object[];
      readonly conditions: readonly object[];
    }[];
  }[];
  readonly warnings: readonly { readonly kind: string; readonly sid?: string; readonly text: string }[];
}
