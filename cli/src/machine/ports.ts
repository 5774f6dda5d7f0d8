import { createServer } from 'node:net'
import { UserError } from '../errors.ts'
import { probePort } from './health.ts'

const LOOPBACK = '127.0.0.1'
/** Handed out a moment ago and perhaps not bound yet. */
const RECENT = 200
const recent: number[] = []

/** A port of 127.0.0.1 that nobody listens on, and that was not given to somebody else just now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = await listenOn(0)
    if (port === undefined || recent.includes(port) || !(await nobodyAnswers(port))) continue
    // once more: another call may have got the same one meanwhile
    if (recent.includes(port)) continue
    recent.push(port)
    if (recent.length > RECENT) recent.shift()
    return port
  }
  throw new UserError('there is no free port on 127.0.0.1', { hint: 'Something on this machine holds a great many connections; end it.' })
}

/** Whether one could listen on the port of 127.0.0.1 now. */
export async function portIsFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== undefined && (await nobodyAnswers(port))
}

/** Where binding one address is allowed although another process has bound them all (macOS), only a connection shows that process. */
const nobodyAnswers = async (port: number): Promise<boolean> => (await probePort(port, 500)).state === 'unhealthy'

function listenOn(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      const taken = 'code' in error && ['EADDRINUSE', 'EACCES'].includes(String(error.code))
      if (taken) resolve(undefined)
      else reject(error)
    })
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}
