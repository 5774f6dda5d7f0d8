import Handlebars from 'handlebars/runtime.js'
import { templates } from 'virtual:templates'
import { hcl, type Json } from './hcl.ts'

/** A compiled template: data in, text out. A field that the data lacks throws. */
export type Template = (data: unknown) => string

function compileAll(): ReadonlyMap<string, Template> {
  // an instance of our own: the helper registered here is nobody else's
  const handlebars = Handlebars.create()
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
