/** Stored principals and policies that do not belong together, or do not read: rows were removed or put back from outside. */
export class BrokenIdentityError extends Error {}
