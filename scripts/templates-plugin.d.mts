import type { Plugin } from 'vitest/config'

export function viteTemplates(): Plugin
export function templateNames(folder?: string): Promise<string[]>
export function templatesModule(folder?: string): Promise<string>
