import type { ClientConfig } from 'pg'

export interface Names {
  database: string
  role: string
  owner: string
}

export interface Template {
  database: string
  owner: string
}

export function createDatabase(
  adminClientConfig: ClientConfig,
  wanted: { database: string; role: string; password: string; template?: Template },
): Promise<Names & { created: boolean; open: string[] }>

export function dropDatabase(adminClientConfig: ClientConfig, unwanted: { database: string; role: string }): Promise<Names>

export function databaseExists(adminClientConfig: ClientConfig, database: string): Promise<boolean>
