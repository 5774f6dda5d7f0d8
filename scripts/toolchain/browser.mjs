import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isExecutable, onPath, output, say } from './shared.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const APPLICATIONS = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

/** `DEVTOOL_CHROMIUM`, then PATH, then where macOS has its applications. */
export function findBrowser(env = process.env) {
  const named = env.DEVTOOL_CHROMIUM
  const candidates = named
    ? named.includes('/')
      ? [named]
      : onPath(named, env)
    : [...NAMES.flatMap((name) => onPath(name, env)), ...APPLICATIONS]
  for (const file of candidates.filter(isExecutable)) {
    // Ubuntu's chromium-browser is a note that says to install a snap
    const version = /^(?:Chromium|Google Chrome).*?(\d+(?:\.\d+)+)/m.exec(output(file, ['--version']) ?? '')?.[1]
    if (version !== undefined) return { path: file, version }
  }
  return undefined
}

function osRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}

function runProgram(command, args) {
  const { status, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 600_000,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return { ok: status === 0, reason: stderr?.trim().split('\n').at(-1) || 'it took too long' }
}

const MACHINE = {
  named: process.env.DEVTOOL_CHROMIUM,
  uid: process.getuid?.(),
  release: osRelease(),
  aptGet: onPath('apt-get')[0],
  run: runProgram,
}

/** Debian's own package, where it can simply be installed. Nothing else is changed on a machine, and no other system has one that is a browser. */
export function installBrowser({ named, uid, release, aptGet, run } = MACHINE, find = findBrowser) {
  if (named) throw new Error('DEVTOOL_CHROMIUM names no browser')
  if (uid !== 0 || aptGet === undefined || !/^ID="?debian"?$/m.test(release)) return undefined
  say('installing chromium (apt-get)')
  const install = () => run(aptGet, ['install', '-y', '--no-install-recommends', 'chromium'])
  let result = install()
  if (!result.ok && run(aptGet, ['update']).ok) result = install()
  if (!result.ok) throw new Error(`could not install chromium: ${result.reason}`)
  return find()
}
