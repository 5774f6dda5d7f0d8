/** The compiled templates, made by `scripts/templates-plugin.mjs` for the build and for the tests. */
declare module 'virtual:templates' {
  /** By path below `templates/`, such as `preview/main.tf.hbs`; each goes to `Handlebars.template` of `handlebars/runtime`. */
  export const templates: Readonly<Record<string, TemplateSpecification>>
}
