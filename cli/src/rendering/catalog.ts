import { templates } from 'virtual:templates'
import type * as HandlebarsTypes from 'handlebars'
import runtime from 'handlebars/runtime.js'
import { hcl, type Json } from './hcl.ts'

/** A compiled template: data in, text out. A field that the data lacks throws. */
export type Template = (data: unknown) => string

function compileAll(): ReadonlyMap<string, Template> {
  // the declarations of the runtime lack most of it; an instance of our own, whose helper is nobody else's
  const handlebars = (runtime as unknown as typeof HandlebarsTypes).create()
  handlebars.registerHelper('hcl', (value: Json) => hcl(value))
  return new Map(Object.entries(templates).map(([name, specification]) => [name, handlebars.template(specification)]))
}

const compiled = compileAll()

/** The template of one file, `preview/main.tf.hbs` for example. */
export function templateFor(name: string): Template {
  const template = compiled.get(name)
  if (template === undefined) throw new Error(`no template ${name} in the catalog`)
  return template
}
