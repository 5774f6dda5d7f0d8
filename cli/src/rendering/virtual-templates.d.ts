/** Every `templates/**.hbs`, precompiled by `scripts/templates-plugin.mjs` for the build and for the tests. */
declare module 'virtual:templates' {
  /** Keys are paths relative to `templates/`. */
  export const templates: Record<string, TemplateSpecification>
}
