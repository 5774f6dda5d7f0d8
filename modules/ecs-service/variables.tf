variable "cluster_arn" {
  type        = string
  description = "ARN of the ECS cluster."
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", var.cluster_arn))
    error_message = "cluster_arn must be the ARN of an ECS cluster."
  }
}

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
  description = "Log group that the containers write to."
  nullable    = false
}

variable "log_stream_prefix" {
  type        = string
  description = "First part of the log stream names <prefix>/<container>/<task id>: the environment's name."
  nullable    = false

  validation {
    condition     = can(regex("^[^:*/[:space:]]+$", var.log_stream_prefix))
    error_message = "log_stream_prefix must not be empty or hold a slash, colon, asterisk or space."
  }
}

variable "name" {
  type        = string
  description = "Name of the ECS service and of its task definition family, <project>-<environment>-<service>."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,240}$", var.name))
    error_message = "name must be 1 to 240 letters, digits, hyphens and underscores."
  }
}

variable "region" {
  type        = string
  description = "Region of the log group."
  nullable    = false
}

variable "security_group_ids" {
  type        = list(string)
  description = "Security groups of the tasks."
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) >= 1 && length(var.security_group_ids) <= 5
    error_message = "security_group_ids must name one to five security groups."
  }
}

variable "service" {
  type        = string
  description = "The service's short name in the blueprint; names the main container."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.service))
    error_message = "service must be 1 to 20 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Subnets that the tasks run in."
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1 && length(var.subnet_ids) <= 16
    error_message = "subnet_ids must name 1 to 16 subnets."
  }
}

variable "task_role_arn" {
  type        = string
  description = "Role that the code in the containers uses."
  nullable    = false
}

variable "assign_public_ip" {
  type        = bool
  description = "Give tasks a public address. Only for public subnets without NAT."
  default     = false
  nullable    = false
}

variable "autoscaling_cpu_target" {
  type        = number
  description = "Mean CPU utilisation in percent that autoscaling aims for. Only used when task_count.max is above task_count.min."
  default     = 60
  nullable    = false

  validation {
    condition     = var.autoscaling_cpu_target >= 10 && var.autoscaling_cpu_target <= 90
    error_message = "autoscaling_cpu_target must be 10 to 90 percent."
  }
}

variable "capacity" {
  type        = string
  description = "What the tasks run on: on-demand (FARGATE) or spot (FARGATE_SPOT, about 70 percent cheaper, may be stopped with two minutes' notice)."
  default     = "on-demand"
  nullable    = false

  validation {
    condition     = contains(["on-demand", "spot"], var.capacity)
    error_message = "capacity must be on-demand or spot."
  }
}

variable "command" {
  type        = list(string)
  description = "Command of the container; null leaves the image's own."
  default     = null
}

variable "cpu" {
  type        = number
  description = "CPU units of a task; 1024 is one vCPU."
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

variable "deployment_maximum_percent" {
  type        = number
  description = "Most tasks during a deployment, in percent of the desired count."
  default     = 200
  nullable    = false

  validation {
    condition     = var.deployment_maximum_percent >= 100 && var.deployment_maximum_percent <= 400
    error_message = "deployment_maximum_percent must be 100 to 400."
  }
}

variable "deployment_minimum_healthy_percent" {
  type        = number
  description = "Fewest healthy tasks during a deployment, in percent of the desired count. 0 halves the vCPU quota that a deployment needs, at the price of a gap."
  default     = 100
  nullable    = false

  validation {
    condition     = var.deployment_minimum_healthy_percent >= 0 && var.deployment_minimum_healthy_percent <= 100
    error_message = "deployment_minimum_healthy_percent must be 0 to 100."
  }

  validation {
    condition     = var.deployment_minimum_healthy_percent < var.deployment_maximum_percent
    error_message = "deployment_minimum_healthy_percent must be below deployment_maximum_percent, otherwise no deployment can make a step."
  }
}

variable "deregistration_delay" {
  type        = number
  description = "Seconds that requests in flight get before a target is removed."
  default     = 5
  nullable    = false

  validation {
    condition     = var.deregistration_delay >= 0 && var.deregistration_delay <= 3600
    error_message = "deregistration_delay must be 0 to 3600 seconds."
  }
}

variable "enable_execute_command" {
  type        = bool
  description = "Allow a shell in the running container. The agent writes to the container's disk, so that its root file system is then writable."
  default     = false
  nullable    = false
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

variable "force_delete" {
  type        = bool
  description = "Delete the service while tasks run, without waiting for them. True where speed counts more than a drained last request."
  default     = false
  nullable    = false
}

variable "health_check_command" {
  type        = list(string)
  description = "Container health check, for example [\"CMD\", \"node\", \"check.js\"]; null leaves none, since an unknown image may hold neither shell nor curl. A routed service is always checked by its target group."
  default     = null

  validation {
    condition     = try(contains(["CMD", "CMD-SHELL"], var.health_check_command[0]), true)
    error_message = "health_check_command must begin with CMD or CMD-SHELL."
  }
}

variable "health_check_grace_period_seconds" {
  type        = number
  description = "Seconds after the start of a task in which failed target checks do not stop it: boot and migrations must fit. Only used with a route."
  default     = 120
  nullable    = false

  validation {
    condition     = var.health_check_grace_period_seconds >= 0
    error_message = "health_check_grace_period_seconds must be 0 or more."
  }
}

variable "init_containers" {
  type = list(object({
    name        = string
    image       = string
    command     = optional(list(string))
    environment = optional(map(string), {})
    secrets     = optional(map(string), {})
  }))
  description = "Containers that run to success, each before the next, before the main container starts: the container output of module migrations."
  default     = []
  nullable    = false

  validation {
    condition     = length(var.init_containers) <= 9 && length(distinct(concat([var.service], var.init_containers[*].name))) == length(var.init_containers) + 1
    error_message = "init_containers must be at most nine, with names that differ from each other and from service."
  }
}

variable "memory" {
  type        = number
  description = "Memory of a task in MiB; must fit cpu."
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

variable "port" {
  type        = number
  description = "Port that the container listens on; null for none. Required with route."
  default     = null

  validation {
    condition     = try(var.port >= 1 && var.port <= 65535, var.port == null)
    error_message = "port must be 1 to 65535."
  }
}

variable "readonly_root_filesystem" {
  type        = bool
  description = "Mount the root file system of all containers read-only, except for writable_paths."
  default     = true
  nullable    = false
}

variable "route" {
  type = object({
    listener_arn      = string
    priority          = number
    path              = string
    target_group_name = string
    vpc_id            = string
    host              = optional(string)
    health_check_path = optional(string, "/")
  })
  description = "How the load balancer reaches the service: requests for host (null: any) and path (and everything below it) at this rule priority. null makes it a worker without target group and rule."
  default     = null

  validation {
    condition     = var.route == null || var.port != null
    error_message = "route needs port."
  }

  validation {
    condition     = try(var.route.path == "/" || can(regex("^(/[A-Za-z0-9._~-]+)+$", var.route.path)), true)
    error_message = "route.path must be / or a path such as /api, without a slash at the end and without wildcards."
  }

  validation {
    condition     = try(var.route.priority >= 1 && var.route.priority <= 50000 && floor(var.route.priority) == var.route.priority, true)
    error_message = "route.priority must be a whole number from 1 to 50000."
  }

  validation {
    condition     = var.route == null || can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.route.target_group_name))
    error_message = "route.target_group_name must be 1 to 32 letters, digits and hyphens, without a hyphen at either end."
  }

  validation {
    condition     = try(startswith(var.route.health_check_path, "/") && length(var.route.health_check_path) <= 1024, true)
    error_message = "route.health_check_path must start with a slash and be at most 1024 characters."
  }
}

variable "secrets" {
  type        = map(string)
  description = "Environment variables of the container that ECS fills from Secrets Manager or SSM: name to valueFrom, for example arn:...:secret:shop/brave-otter/database-AbCdEf:password::."
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

variable "stop_timeout" {
  type        = number
  description = "Seconds between SIGTERM and SIGKILL."
  default     = 5
  nullable    = false

  validation {
    condition     = var.stop_timeout >= 2 && var.stop_timeout <= 120
    error_message = "stop_timeout must be 2 to 120 seconds."
  }
}

variable "task_count" {
  type = object({
    min = number
    max = number
  })
  description = "Number of tasks. With max above min, autoscaling moves it between the two and Terraform leaves it alone."
  default     = { min = 1, max = 1 }
  nullable    = false

  validation {
    condition     = var.task_count.min >= 0 && var.task_count.max >= var.task_count.min && floor(var.task_count.min) == var.task_count.min && floor(var.task_count.max) == var.task_count.max
    error_message = "task_count must be whole numbers with 0 <= min <= max."
  }
}

variable "writable_paths" {
  type        = list(string)
  description = "Directories with a scratch volume in each container, gone with the task. The volume takes owner and mode from the image's VOLUME there; without one it belongs to root."
  default     = ["/tmp"]
  nullable    = false

  validation {
    condition     = alltrue([for path in var.writable_paths : can(regex("^(/[A-Za-z0-9_-]+)+$", path))])
    error_message = "writable_paths must be absolute paths of letters, digits, hyphens and underscores, without a slash at the end."
  }
}
