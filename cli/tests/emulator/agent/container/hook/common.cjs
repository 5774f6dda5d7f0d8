'use strict'

const os = require('node:os')

/** @param {unknown} host */
function canonical(host) {
  return String(host)
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/\.$/, '')
}

/** @param {string} host */
function isLoopback(host) {
  return /^(localhost|127(\.\d+){3}|0\.0\.0\.0|::1?)$/.test(host) || host === os.hostname().toLowerCase()
}

/** An error as Node itself makes it of a failed system call. */
function systemError(code, syscall, subject, properties) {
  const errno = code === 'ENOTFOUND' ? -3008 : -os.constants.errno[code]
  return Object.assign(new Error(`${syscall} ${code} ${subject}`), { errno, code, syscall, ...properties })
}

module.exports = { canonical, isLoopback, systemError }
