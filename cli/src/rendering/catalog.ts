import { templates } from 'virtual:templates'
import type * as HandlebarsTypes from 'handlebars'
import runtime from 'handlebars/runtime.js'
import { hcl, type Json } from './hcl.ts'
import { workflowHelpers } from './yaml.ts'

/** A compiled template: data in, text out. A field that the data lacks throws. */
export type Template = (data: unknown) => string

// the declarations of the runtime lack most of it; an instance of our own, whose helpers are nobody else's
const handlebars = (runtime as unknown as typeof HandlebarsTypes).create()
handlebars.registerHelper('hcl', (value: Json) => hcl(value))
for (const [name, write] of Object.entries(workflowHelpers)) handlebars.registerHelper(name, (value: string) => write(value))

/** Those asked for so far: a command renders one template, and setting up the files of the others would take as long as rendering them. */
const compiled = new Map<string, Template>()

/** The template of one file, `preview/main.tf.hbs` for example. */
export function templateFor(name: string): Template {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const specification = Object.hasOwn(templates, name) ? templates[name] : undefined
  if (specification === undefined) throw new Error(`no template ${name} in the catalog`)
  if (name.startsWith('workflows/')) registerSteps()
  const template: Template = handlebars.template(specification)
  compiled.set(name, template)
  return template
}

/** The steps that workflows share, as partials: `{{> steps/terraform}}`. */
function registerSteps(): void {
  for (const [name, specification] of Object.entries(templates)) {
    const [, step] = /^workflows\/(steps\/.+)\.yml\.hbs$/.exec(name) ?? []
    if (step !== undefined) handlebars.registerPartial(step, handlebars.template(specification))
  }
}
