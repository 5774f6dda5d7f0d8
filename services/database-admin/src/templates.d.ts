import type { ClientConfig } from 'pg'
import type { Template } from './databases.js'

export function makeTemplate(
  adminClientConfig: ClientConfig,
  wanted: { template: string; from: { database: string; role: string } },
): Promise<Template>

export function listTemplates(adminClientConfig: ClientConfig, prefix: string): Promise<Template[]>

export function dropTemplate(adminClientConfig: ClientConfig, unwanted: { template: string }): Promise<void>
