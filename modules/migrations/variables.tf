variable "execution_role_arn" {
  type        = string
  description = "Role that ECS itself uses: pulls the image, reads the secrets, writes the logs."
  nullable    = false
}

variable "image" {
  type        = string
  description = "Image reference, with tag or digest."
  nullable    = false

  validation {
    condition     = can(regex("^[^[:space:]]+$", var.image))
    error_message = "image must be an image reference without spaces."
  }
}

variable "log_group_name" {
  type        = string
  description = "Log group that the container writes to when run by hand."
  nullable    = false
}

variable "log_stream_prefix" {
  type        = string
  description = "First part of the log stream names <prefix>/migrations/<task id>: the environment's name."
  nullable    = false

  validation {
    condition     = can(regex("^[^:*/[:space:]]+$", var.log_stream_prefix))
    error_message = "log_stream_prefix must not be empty or hold a slash, colon, asterisk or space."
  }
}

variable "name" {
  type        = string
  description = "Task definition family, <project>-<environment>-migrations."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "name must be 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "region" {
  type        = string
  description = "Region of the log group."
  nullable    = false
}

variable "task_role_arn" {
  type        = string
  description = "Role that the code in the container uses."
  nullable    = false
}

variable "command" {
  type        = list(string)
  description = "Command of the container; null leaves the image's own."
  default     = null
}

variable "cpu" {
  type        = number
  description = "CPU units of the one-off task; 1024 is one vCPU."
  default     = 256
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "cpu must be 256, 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "cpu_architecture" {
  type        = string
  description = "Architecture that the image is built for: X86_64 or ARM64."
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "environment" {
  type        = map(string)
  description = "Environment variables of the container. No secrets: these stand in the state."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "environment must have variable names of letters, digits and underscores that do not start with a digit."
  }
}

variable "memory" {
  type        = number
  description = "Memory of the one-off task in MiB; must fit cpu."
  default     = 512
  nullable    = false

  validation {
    condition = contains(lookup({
      "256"   = [512, 1024, 2048]
      "512"   = range(1024, 4096 + 1, 1024)
      "1024"  = range(2048, 8192 + 1, 1024)
      "2048"  = range(4096, 16384 + 1, 1024)
      "4096"  = range(8192, 30720 + 1, 1024)
      "8192"  = range(16384, 61440 + 1, 4096)
      "16384" = range(32768, 122880 + 1, 8192)
    }, tostring(var.cpu), []), var.memory)
    error_message = "memory must be one that Fargate pairs with cpu: 256: 512, 1024, 2048; 512: 1024-4096; 1024: 2048-8192; 2048: 4096-16384; 4096: 8192-30720 (steps of 1024); 8192: 16384-61440 (steps of 4096); 16384: 32768-122880 (steps of 8192)."
  }
}

variable "readonly_root_filesystem" {
  type        = bool
  description = "Mount the root file system of the one-off task read-only."
  default     = true
  nullable    = false
}

variable "secrets" {
  type        = map(string)
  description = "Environment variables of the container that ECS fills from Secrets Manager or SSM: name to valueFrom."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "secrets must have variable names of letters, digits and underscores that do not start with a digit."
  }

  validation {
    condition     = length(setintersection(keys(var.secrets), keys(var.environment))) == 0
    error_message = "secrets and environment must not both hold the same variable."
  }
}

variable "writable_paths" {
  type        = list(string)
  description = "Directories with a scratch volume, gone with the task. The volume takes owner and mode from the image's VOLUME there; without one it belongs to root."
  default     = ["/tmp"]
  nullable    = false

  validation {
    condition     = alltrue([for path in var.writable_paths : can(regex("^(/[A-Za-z0-9_-]+)+$", path))])
    error_message = "writable_paths must be absolute paths of letters, digits, hyphens and underscores, without a slash at the end."
  }
}
