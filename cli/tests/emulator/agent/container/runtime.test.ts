import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemFiles } from '../../../../src/system/files.ts'
import { systemProcesses } from '../../../../src/system/processes.ts'
import { createNetworkFolder } from './network.ts'
import { type Bench, createBench, until } from './testing.ts'

const processes = systemProcesses(systemFiles)

/** A zombie has ended: whoever should have looked after it has gone. */
async function isRunning(pid: number): Promise<boolean> {
  return !(await processes.ended({ ...(await processes.self()), pid, started: '' }))
}

const forever = 'setInterval(() => {}, 1000)'
const up = { 'main.mjs': `console.log('up'); ${forever}` }

describe('containers', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.containers.stop())
  afterAll(() => bench.close())

  test('the environment is what the task definition says, and what Fargate and the emulator add', async () => {
    const files = { 'main.mjs': 'console.log(JSON.stringify(process.env))' }
    const { lines, exit } = await bench.run(files, { environment: { PORT: '3000', 'odd.name': 'a b\n"c"', NODE_OPTIONS: '--no-warnings' } })
    expect(exit).toEqual({ code: 0, signal: null })
    const { PATH, HOME, TMPDIR, NODE_OPTIONS, DEVTOOL_RUN, DEVTOOL_PROCESS, ...rest } = JSON.parse(lines[0] ?? '')
    expect(rest).toEqual({
      PORT: '3000',
      'odd.name': 'a b\n"c"',
      NODE_EXTRA_CA_CERTS: bench.authority.file,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    expect(NODE_OPTIONS).toMatch(/^--require "[^"]+network\.cjs" --no-warnings$/)
    expect([HOME.startsWith(bench.folder), TMPDIR]).toEqual([true, HOME])
  })

  test.each([
    ['its own exit code', 'process.exit(7)', 7],
    ['an error that nobody caught', "throw new Error('no')", 1],
    ['killed from inside', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('exit code: %s', async (_, code, expected) => {
    expect((await bench.run({ 'main.mjs': code })).exit).toEqual({ code: expected, signal: null })
  })

  test.each([
    ['SIGTERM without a listener', `console.log('up'); ${forever}`, 143],
    ['SIGTERM heard', `process.on('SIGTERM', () => process.exit(0)); console.log('up'); ${forever}`, 0],
    ['SIGTERM ignored until the stop timeout', `process.on('SIGTERM', () => {}); console.log('up'); ${forever}`, 137],
  ])('stop: %s', async (_, code, expected) => {
    const container = await bench.start({ 'main.mjs': code }, { stopTimeoutSeconds: 0.3 })
    await until(() => container.lastLines(1)[0])
    expect(await container.stop()).toEqual({ code: expected, signal: null })
    expect(await isRunning(container.pid)).toBe(false)
    expect(await container.stop()).toEqual({ code: expected, signal: null })
  })

  test('what it started ends with it', async () => {
    const files = {
      'main.mjs': `
        import { spawn } from 'node:child_process'
        const child = spawn('node', ['-e', "process.on('SIGTERM', () => {}); ${forever}"], { detached: true, stdio: 'ignore' })
        console.log(child.pid); ${forever}`,
    }
    const container = await bench.start(files, { stopTimeoutSeconds: 1 })
    const child = Number(await until(() => container.lastLines(1)[0]))
    expect(await isRunning(child)).toBe(true)
    await container.stop()
    expect([await isRunning(container.pid), await isRunning(child)]).toEqual([false, false])
  })

  test('output comes line by line, both streams, with an unfinished last line', async () => {
    const files = { 'main.mjs': "console.log('one\\ntwo'); console.error('three'); process.stdout.write('four')" }
    const { lines } = await bench.run(files)
    expect(lines.sort()).toEqual(['four', 'one', 'three', 'two'])
  })

  test('command and entry point replace what the image starts', async () => {
    const files = { 'main.mjs': "console.log('main')", 'other.mjs': 'console.log(process.argv.slice(2).join())' }
    expect((await bench.run(files, { command: ['node', 'other.mjs', 'a b', 'c'] })).lines).toEqual(['a b,c'])
    expect((await bench.run(files, { entryPoint: ['/usr/local/bin/node'], command: ['other.mjs', 'd'] })).lines).toEqual(['d'])
  })

  test.each([
    ['a program that is not Node', { command: ['nginx', '-g', 'daemon off;'] }, 'the emulator runs Node programs only'],
    ['a shell', { command: ['sh', '-c', 'node main.mjs'] }, 'the emulator runs Node programs only'],
    ['another working directory', { workingDirectory: '/elsewhere' }, 'the emulator has no working directory /elsewhere in '],
    [
      'an image that is not there',
      { image: 'x.dkr.ecr/shop/web:1' },
      'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref x.dkr.ecr/shop/web:1: x.dkr.ecr/shop/web:1: not found',
    ],
  ])('refused: %s', async (_, spec, message) => {
    await expect(bench.start({ 'main.mjs': '' }, spec)).rejects.toThrow(message)
    expect(readdirSync(path.join(bench.folder, 'containers'))).toEqual([])
  })

  test.each([
    ['healthy', ['CMD', 'node', '-e', "fetch('http://127.0.0.1:3000').then(() => process.exit(0), () => process.exit(1))"], 0],
    ['by a shell', ['CMD-SHELL', 'test "$GREETING" = hello'], 0],
    ['unhealthy', ['CMD-SHELL', 'exit 3'], 3],
    ['too slow', ['CMD', 'node', '-e', forever], 137],
    ['no Node', ['CMD-SHELL', 'curl -f http://localhost:3000/ || exit 1'], 126],
    ['no form', ['node', '-v'], 126],
  ])('health check: %s', async (_, command, expected) => {
    const files = { 'main.mjs': "import http from 'node:http'; http.createServer((_, r) => r.end()).listen(3000)" }
    const container = await bench.start(files, { environment: { GREETING: 'hello' } })
    await until(() => container.portOf(3000))
    expect(await container.run(command, 700)).toEqual({ exitCode: expected })
  })

  test('a health check of what has ended fails', async () => {
    const container = await bench.start({ 'main.mjs': '' })
    await container.ended
    expect(await container.run(['CMD-SHELL', 'true'], 1000)).toEqual({ exitCode: 137 })
  })

  test('a read-only root file system is read-only; another belongs to this container alone', async () => {
    const writing =
      "import fs from 'node:fs'; try { fs.writeFileSync('new', ''); console.log(fs.readdirSync('.').join()) } catch (error) { console.log(error.code) }"
    const temporary = "fs.writeFileSync(`${process.env.HOME}/new`, '')"
    const files = { 'main.mjs': `${writing}; ${temporary}` }
    expect((await bench.run(files, { readonlyRootFilesystem: false })).lines).toEqual(['main.mjs,new'])
    // the image of this bench is not exported, hence not read-only for its owner
    if (process.getuid?.() === 0) expect((await bench.run(files)).lines).toEqual(['EACCES'])
  })

  test('nothing is left in the folder', async () => {
    const container = await bench.start(up)
    expect(readdirSync(path.join(bench.folder, 'containers'))).toHaveLength(1)
    await container.stop()
    await until(() => (readdirSync(path.join(bench.folder, 'containers')).length === 0 ? true : undefined))
  })

  test('an agent that is killed leaves no container running', async () => {
    const agent = spawn(process.execPath, ['-e', forever], { stdio: 'ignore' })
    const folder = mkdtempSync(path.join(bench.folder, 'orphan-'))
    const network = createNetworkFolder(folder, [], undefined)
    const table = readFileSync(path.join(folder, 'network.json'), 'utf8')
    writeFileSync(path.join(folder, 'network.json'), table.replace(`"agent":${process.pid}`, `"agent":${agent.pid}`))
    const container = spawn(process.execPath, ['-e', forever], { env: { NODE_OPTIONS: network.nodeOptions(undefined) }, stdio: 'ignore' })
    try {
      agent.kill('SIGKILL')
      expect(await once(container, 'exit')).toEqual([null, 'SIGKILL'])
    } finally {
      container.kill('SIGKILL')
    }
  })
})
