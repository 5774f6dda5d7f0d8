import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { cache, isExecutable, onPath, output, say } from './shared.mjs'

/** The version that the patches of `cli/tests/emulator` are written against. */
export const motoVersion = '5.2.1'
const ACCEPTED = /^5\.2\./
const virtualEnvironment = path.join(cache, 'moto')

/** The interpreter itself rather than a shim in front of it, and moto's version, without importing moto. */
const PROBE = `
import importlib.metadata as m, sys
import flask
print(sys.executable); print(m.version("moto"))
`

function probe(python) {
  const [executable, version] = output(python, ['-c', PROBE])?.split('\n') ?? []
  return executable && version && ACCEPTED.test(version) ? { python: executable, version } : undefined
}

/** A python from the first line of `moto_server`, where that is a script of pip's. */
function fromShebang(script) {
  const line = readFileSync(script, 'latin1').split('\n', 1)[0] ?? ''
  const interpreter = /^#!(\S*python\S*)/.exec(line)?.[1]
  return interpreter !== undefined && isExecutable(interpreter) ? [interpreter] : []
}

/** A python with moto's server: `DEVTOOL_MOTO_PYTHON`, then our own virtual environment, then PATH. */
export function findMoto(env = process.env) {
  const named = env.DEVTOOL_MOTO_PYTHON
  const own = path.join(virtualEnvironment, 'bin/python')
  const candidates = named
    ? [named]
    : [own, ...onPath('moto_server', env).flatMap(fromShebang), ...onPath('python3', env), ...onPath('python', env)]
  for (const python of candidates.filter(isExecutable)) {
    const found = probe(python)
    if (found !== undefined) return found
  }
  return undefined
}

export function fetchMoto(env = process.env) {
  const python = onPath('python3', env)[0]
  if (python === undefined) throw new Error('could not install moto: there is no python3')
  say(`installing moto ${motoVersion} into .cache/moto`)
  const steps = [
    [python, ['-m', 'venv', '--clear', virtualEnvironment]],
    [
      path.join(virtualEnvironment, 'bin/python'),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `moto[server]==${motoVersion}`],
    ],
  ]
  for (const [command, args] of steps) {
    const result = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000 })
    if (result.status === 0) continue
    // half an environment must not be found next time
    rmSync(virtualEnvironment, { recursive: true, force: true })
    throw new Error(`could not install moto: ${result.stderr.trim().split('\n').at(-1) || 'it took too long'}`)
  }
  return findMoto(env)
}
