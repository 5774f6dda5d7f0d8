import * as z from 'zod/mini'
import { blueprint } from '../../cli/src/blueprint/blueprint.ts'

/** A node of a JSON Schema, as far as the generators read it. */
export interface JsonSchema {
  type?: string
  description?: string
  /** Ours: what a value must be, in words. Taken out of the published schema, where it is part of the description. */
  allowed?: string
  default?: unknown
  examples?: unknown[]
  enum?: unknown[]
  properties?: Record<string, JsonSchema>
  propertyNames?: JsonSchema
  additionalProperties?: JsonSchema | boolean
  required?: string[]
  anyOf?: JsonSchema[]
}

/** The blueprint as the generators read it: what may be written, not what a parsed blueprint holds. */
export function blueprintSchema(): JsonSchema {
  return z.toJSONSchema(blueprint, { io: 'input', target: 'draft-2020-12' }) as JsonSchema
}

/** The text of `devtool.schema.json`, for editors. Rules that look at more than one key are not in it: the tool checks those. */
export function renderJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(blueprint, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      const { allowed, description } = jsonSchema as JsonSchema
      delete jsonSchema['allowed']
      if (description !== undefined && allowed !== undefined) jsonSchema.description = `${description} Allowed: ${allowed}.`
    },
  })
  const title = 'DevTool blueprint'
  const description = 'devtool.yaml: the services, the database, the rules for previews and the named environments.'
  return `${JSON.stringify({ $schema, title, description, ...rest }, undefined, 2)}\n`
}
