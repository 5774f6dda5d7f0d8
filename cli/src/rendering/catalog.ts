import Handlebars from 'handlebars/runtime.js'
import { templates } from 'virtual:templates'
import { hcl, type Json } from './hcl.ts'

/** A compiled template: data in, text out. A field that the data lacks throws. */
export type Template = (data: unknown) => string

function compileAll(): Record<string, Template> {
  // an instance of our own: helpers and partials registered here are nobody else's
  const handlebars = Handlebars.create()
  handlebars.registerHelper('hcl', (value: Json) => hcl(value))
  const compiled = Object.entries(templates).map(([name, specification]) => {
    const template = handlebars.template(specification)
    if (name.startsWith('shared/')) handlebars.registerPartial(name, template)
    return [name, (data: unknown) => template(data)] as const
  })
  return Object.fromEntries(compiled)
}

const compiled = compileAll()

/** The template of one file, `preview/main.tf.hbs` for example. */
export function templateFor(name: string): Template {
  const template = compiled[name]
  if (template === undefined) throw new Error(`no template ${name} in the catalog`)
  return template
}
