/** What accounts, the clock rules and destructions keep since there is a production profile. */
export const runningForReal = `
ALTER TABLE installation ADD COLUMN made_for TEXT;
ALTER TABLE account ADD COLUMN account_name TEXT;
ALTER TABLE account ADD COLUMN disabled_at BIGINT;
ALTER TABLE heartbeat ADD COLUMN held_since BIGINT;
ALTER TABLE tombstone ADD COLUMN wrapped_under TEXT;
`;
