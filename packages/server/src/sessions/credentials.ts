import type { CredentialSource } from '../authentication/index.ts';

/**
 * Long-term access keys from one source, those of sessions from another. A long-term access key with a session token is found as
 * what it is, and refused for the token.
 */
export function joinCredentials(longTerm: CredentialSource, sessions: CredentialSource): CredentialSource {
  return {
    find: (accessKeyId, sessionToken) =>
      sessionToken !== undefined && accessKeyId.startsWith('ASIA')
        ? sessions.find(accessKeyId, sessionToken)
        : longTerm.find(accessKeyId, sessionToken),
  };
}
