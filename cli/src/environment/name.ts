import * as z from 'zod/mini'
import type { Schema } from '../blueprint/fields.ts'
import { environmentNameLeaf } from '../blueprint/patterns.ts'
import { isReservedName, reservedNames } from './names.ts'

/** A name that an environment may have: a petname, one chosen by hand, or a pinned one such as production. */
export const environmentName: Schema<string> = environmentNameLeaf.schema.check(
  z.refine((name) => !isReservedName(name), `a name other than ${reservedNames.join(' and ')}, which are reserved`),
)
