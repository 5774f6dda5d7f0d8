import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Aws, createAws } from './clients.ts'

/** For tests only: clients with made-up credentials against an endpoint. */
export function awsAt(url: string, region: string = 'eu-west-1'): Aws {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_MAX_ATTEMPTS: '2',
  })
  return createAws({ region, variables: process.env })
}

export interface Wire {
  url: string
  /** `METHOD path` of each request, in order. */
  requests: string[]
  close(): Promise<void>
}

/** For tests only: an HTTP server that answers as AWS would. */
export async function startWire(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void): Promise<Wire> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    request.resume()
    request.on('end', () => answer(request, response, requests.length))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
