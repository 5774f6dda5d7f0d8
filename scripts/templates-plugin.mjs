/**
 * `virtual:templates`: every `templates/**\/*.hbs`, compiled when the tool is built, so that it ships `handlebars/runtime` and no
 * compiler (a third of the start-up time of a render). One generator, two plugins: esbuild for the build, vite for the tests.
 */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Handlebars from 'handlebars'

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url))
const ID = 'virtual:templates'

/** The helpers that `cli/src/rendering` registers. With `knownHelpersOnly` any other name in a template fails the build. */
const knownHelpers = { hcl: true, yaml: true, literal: true, plain: true, action: true }

/**
 * `strict`: a missing field throws instead of rendering nothing. `noEscape`: HTML escaping would write `&quot;` into Terraform; the
 * `hcl` helper escapes for HCL.
 */
const options = { strict: true, noEscape: true, knownHelpersOnly: true, knownHelpers }

/** An expression of GitHub's, `${{ ... }}`, is text to Handlebars: `\{{` is how a template says so. */
const sourceOf = (name, text) => (name.startsWith('workflows/') ? text.replaceAll('${{', () => '$\\{{') : text)

/** Paths relative to `templates/`, sorted, with `/`. */
export async function templateNames(folder = TEMPLATES) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.hbs'))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort()
}

/** The source of the module: `export const templates = { 'preview/main.tf.hbs': <precompiled>, ... }`. */
export async function templatesModule(folder = TEMPLATES) {
  const names = await templateNames(folder)
  const entries = await Promise.all(
    names.map(async (name) => {
      const source = sourceOf(name, await readFile(path.join(folder, name), 'utf8'))
      try {
        return `${JSON.stringify(name)}: ${Handlebars.precompile(source, options)}`
      } catch (error) {
        throw new Error(`could not compile templates/${name}: ${error.message}`, { cause: error })
      }
    }),
  )
  return `export const templates = {\n${entries.join(',\n')}\n}\n`
}

async function watched() {
  return (await templateNames()).map((name) => path.join(TEMPLATES, name))
}

export function esbuildTemplates() {
  return {
    name: 'templates',
    setup(build) {
      build.onResolve({ filter: /^virtual:templates$/ }, () => ({ path: ID, namespace: 'templates' }))
      build.onLoad({ filter: /.*/, namespace: 'templates' }, async () => ({
        contents: await templatesModule(),
        loader: 'js',
        watchFiles: await watched(),
      }))
    },
  }
}

export function viteTemplates() {
  return {
    name: 'templates',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    async load(id) {
      if (id !== `\0${ID}`) return undefined
      for (const file of await watched()) this.addWatchFile(file)
      return templatesModule()
    },
  }
}
