import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { root } from '../../../tests/support/toolchain.ts'
import { parseBlueprint } from '../../blueprint/parse.ts'
import { resolveBlueprint } from '../../blueprint/resolve.ts'
import { renderCompose } from '../compose.ts'

export interface Container {
  image?: string
  build?: { context: string; dockerfile: string }
  environment: Record<string, string>
  depends_on?: Record<string, { condition: string }> | string[]
  deploy?: { resources: { limits: Record<string, string> } }
  [key: string]: unknown
}

export interface Compose {
  name: string
  services: Record<string, Container>
  volumes?: Record<string, unknown>
  configs?: { routes: { content: string } }
}

export const sample = readFileSync(path.join(root, 'devtool.yaml'), 'utf8')

export function rendered(blueprint: string, folder = '.'): string {
  return renderCompose(resolveBlueprint(parseBlueprint(blueprint, 'devtool.yaml'), null), { root: folder })
}

export const composeOf = (blueprint: string, folder?: string): Compose => parse(rendered(blueprint, folder))

/** What Compose makes of a value: https://docs.docker.com/reference/compose-file/interpolation */
export function interpolate(value: string, variables: Record<string, string> = {}): string {
  return value.replace(/\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\}|(.?))/g, (whole, dollar, name, operator, rest) => {
    if (dollar !== undefined) return '$'
    if (name === undefined) throw new Error(`invalid interpolation format: ${whole}`)
    const given = variables[name] ?? ''
    if (given === '' && operator === '?') throw new Error(`required variable ${name} is missing a value: ${rest}`)
    return given === '' && operator === '-' ? rest : given
  })
}
