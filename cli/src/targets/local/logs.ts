import { NotFoundError } from '../../errors.ts'
import { follow, readTail } from '../../machine/log.ts'
import type { LogLine, LogRequest } from '../target.ts'
import type { Ports } from './ports.ts'

const STAMPED = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s

/** What the services of an environment have said, oldest first; then, if asked, what they say. */
export async function logsOf(ports: Ports, request: LogRequest, onLine: (line: LogLine) => void): Promise<void> {
  const { files, place } = ports
  const known = (await files.list(place.logs(request.name)))
    .filter((file) => file.endsWith('.log'))
    .map((file) => file.slice(0, -'.log'.length))
  if (request.service !== null && !known.includes(request.service)) {
    throw new NotFoundError(`could not find a log of ${request.service} in ${request.name}`, {
      hint:
        known.length === 0 ? `nothing of ${request.name} has run yet: devtool env apply ${request.name}` : `there are ${known.join(', ')}`,
    })
  }
  const services = request.service === null ? known : [request.service]
  if (request.follow) {
    await Promise.all(
      services.map((service) => {
        const read = parse(service)
        const file = place.serviceLog(request.name, service)
        return follow(files, file, (line) => onLine(read(line)), request.interrupt, { last: request.lines })
      }),
    )
    return
  }
  const past = await Promise.all(
    services.map(async (service) => (await readTail(files, place.serviceLog(request.name, service), request.lines)).map(parse(service))),
  )
  for (const line of past.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))) onLine(line)
}

function parse(service: string): (line: string) => LogLine {
  return (line) => {
    const [, time = '', text = line] = STAMPED.exec(line) ?? []
    return { service, time, text }
  }
}
