import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { describeWith, requireTool } from '../support/toolchain.ts'
import { startEmulator } from './emulator.ts'

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function ended(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 40 && isRunning(pid); tries += 1) await new Promise((resolve) => setTimeout(resolve, 100))
  return !isRunning(pid)
}

describeWith(['emulator'], 'the emulator', () => {
  test('starts on a free port, several at once, and stops', async () => {
    const [one, two] = await Promise.all([startEmulator(), startEmulator()])
    expect(one.port).not.toBe(two.port)
    const response = await fetch(`${one.url}/moto-api/config`)
    expect(response.ok).toBe(true)
    await one.stop()
    await one.stop()
    await two.stop()
    expect(isRunning(one.pid) || isRunning(two.pid)).toBe(false)
  })

  test('records the calls', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'devtool-calls-'))
    const calls = path.join(folder, 'calls.jsonl')
    const emulator = await startEmulator({ calls })
    try {
      const authorization = 'AWS4-HMAC-SHA256 Credential=someone/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0'
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
      await fetch(emulator.url, { method: 'POST', headers, body: 'Action=GetCallerIdentity&Version=2011-06-15' })
      const [first] = (await readFile(calls, 'utf8')).trim().split('\n')
      expect(JSON.parse(first ?? '')).toMatchObject({ key: 'someone', service: 'sts', action: 'GetCallerIdentity', region: 'us-east-1' })
    } finally {
      await emulator.stop()
      await rm(folder, { recursive: true })
    }
  })

  test('says why it does not start', async () => {
    await expect(startEmulator({ python: '/bin/false' })).rejects.toThrow(
      'could not start the AWS emulator: Error: it ended with exit code 1',
    )
    await expect(startEmulator({ python: '/no/python' })).rejects.toThrow('ENOENT')
  })

  test('ends when its stdin is closed, as it is when its parent dies', async () => {
    const { python } = requireTool('emulator')
    const server = spawn(python, [path.join(import.meta.dirname, 'launcher.py')], { stdio: ['pipe', 'pipe', 'ignore'] })
    await once(server.stdout, 'data')
    server.stdin.end()
    expect(await once(server, 'close')).toEqual([0, null])
  })

  test('ends when nobody asks it anything', async () => {
    const { python } = requireTool('emulator')
    const server = spawn(python, [path.join(import.meta.dirname, 'launcher.py'), '--idle-minutes', '0.01'], { stdio: 'ignore' })
    expect(await once(server, 'close')).toEqual([0, null])
  })

  test('ends when the process that started it is killed', async () => {
    const { python } = requireTool('emulator')
    // a shell in between, killed without a chance to tidy up
    const launcher = path.join(import.meta.dirname, 'launcher.py')
    const parent = spawn('sh', ['-c', `"${python}" "${launcher}" < /dev/null & echo "PID $!"; wait`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let text = ''
    for await (const chunk of parent.stdout) {
      text += chunk
      if (text.includes('READY')) break
    }
    const pid = Number(/PID (\d+)/.exec(text)?.[1])
    expect(isRunning(pid)).toBe(true)
    parent.kill('SIGKILL')
    expect(await ended(pid)).toBe(true)
  })
})
