import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './postgres.js'

/**
 * Runs `node src/main.js` of a service to its end.
 * @param {string} service folder below services/
 * @param {Record<string, string>} env the whole environment of the child
 */
export async function runService(service, env) {
  const { child, output } = spawnService(service, env)
  await once(child, 'close')
  return { code: child.exitCode, stdout: output.stdout, stderr: output.stderr }
}

/**
 * Starts `node src/main.js` of a service on a free port and waits until it accepts connections.
 * @param {string} service folder below services/
 * @param {Record<string, string>} env the whole environment of the child
 */
export async function startService(service, env) {
  const port = await freePort()
  const { child, output } = spawnService(service, { PORT: String(port), ...env })
  const url = `http://127.0.0.1:${port}`
  for (let waited = 0; waited < 10_000 && child.exitCode === null; waited += 25) {
    if (await accepts(port)) {
      const exited = once(child, 'close').then(([code]) => code)
      const stop = (/** @type {NodeJS.Signals} */ signal = 'SIGTERM') => {
        child.kill(signal)
        return exited
      }
      return { url, port, output, exited, stop, stdout: child.stdout }
    }
    await sleep(25)
  }
  child.kill('SIGKILL')
  throw new Error(`could not start ${service}: ${output.stderr || output.stdout}`)
}

/** @param {number} port */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
}

/** @param {string} service @param {Record<string, string>} env */
function spawnService(service, env) {
  const cwd = fileURLToPath(new URL(`../${service}`, import.meta.url))
  const child = spawn(process.execPath, ['src/main.js'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A test run that ends in the middle takes its services along.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('close', () => process.off('exit', kill))
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text
  })
  return { child, output }
}
