import { list, structure, timestamp } from '../shape.ts';
import { aliasName, arn, keyId } from './identifiers.ts';

/** The items of ListAliases. Aliases of AWS managed keys may lack target and dates. */
export const aliasList = list(
  structure({
    AliasName: aliasName,
    AliasArn: arn,
    TargetKeyId: keyId,
    CreationDate: timestamp(),
    LastUpdatedDate: timestamp(),
  }),
);
