/** The accounts of this installation. */
export interface AccountDirectory {
  exists(accountId: string): boolean;
}
