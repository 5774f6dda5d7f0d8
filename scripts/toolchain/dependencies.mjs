import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { entriesOf, root, say } from './shared.mjs'

/** The project and every service with a lock file of its own. */
function packages(folder = root) {
  const services = entriesOf(path.join(folder, 'services')).map((name) => path.join(folder, 'services', name))
  return [folder, ...services].filter((candidate) => existsSync(path.join(candidate, 'package-lock.json')))
}

/** Whether node_modules holds what the lock file says, from npm's own record of what it installed. */
export function isInstalled(folder) {
  const record = path.join(folder, 'node_modules/.package-lock.json')
  const wanted = Object.entries(JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')).packages)
  // optional: binaries for other platforms, which npm leaves out
  const needed = wanted.filter(([name, entry]) => name !== '' && entry.optional !== true && entry.devOptional !== true && !entry.link)
  if (needed.length === 0) return true
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  return needed.every(([name, entry]) => installed[name]?.version === entry.version && installed[name]?.integrity === entry.integrity)
}

function install(folder) {
  const name = path.relative(root, folder) || 'the project'
  say(`installing the npm dependencies of ${name}`)
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else
        reject(
          new Error(
            `could not install the npm dependencies of ${name}: npm ended with ${code}\n${errors.trim().split('\n').slice(0, 12).join('\n')}`,
          ),
        )
    })
  })
}

/** `npm ci` where node_modules is absent or behind its lock file: the project first, then the services side by side. */
export async function installDependencies() {
  const [main, ...services] = packages().map((folder) => ({ folder, installed: isInstalled(folder) }))
  if (main !== undefined && !main.installed) await install(main.folder)
  await Promise.all(services.filter((service) => !service.installed).map((service) => install(service.folder)))
}
