mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  execution_role_arn = "arn:aws:iam::123456789012:role/shop-platform-execution"
  image              = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/migrations:pr-7-0a1b2c3"
  log_group_name     = "/devtool/shop-platform"
  log_stream_prefix  = "brave-otter"
  name               = "shop-brave-otter-migrations"
  region             = "us-east-1"
  task_role_arn      = "arn:aws:iam::123456789012:role/shop-platform-task"
  environment        = { PGHOST = "db.example.com", DEVTOOL_SEED = "seed.sql" }
  secrets            = { PGPASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/brave-otter/database-AbCdEf:password::" }
}

run "container_and_task" {
  assert {
    condition     = output.container.name == "migrations" && output.container.image == var.image && output.container.command == null && output.container.environment == var.environment && output.container.secrets == var.secrets
    error_message = "an element of init_containers"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].name == "migrations" && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].essential && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem
    error_message = "alone in its task it is essential"
  }

  assert {
    condition     = output.task_definition_family == "shop-brave-otter-migrations" && output.log_stream_prefix == "brave-otter/migrations/"
    error_message = "what to run, where its log is"
  }

  assert {
    condition     = !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].command)
    error_message = "the image's own command"
  }
}

run "own_command" {
  command = plan
  variables { command = ["node", "src/main.js"] }

  assert {
    condition     = output.container.command == tolist(["node", "src/main.js"]) && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].command == ["node", "src/main.js"]
    error_message = "the same in both"
  }
}

run "memory_that_does_not_fit_cpu" {
  command = plan
  variables { memory = 4096 }
  expect_failures = [var.memory]
}

run "unknown_cpu" {
  command = plan
  variables { cpu = 300 }
  expect_failures = [var.cpu]
}

run "unknown_architecture" {
  command = plan
  variables { cpu_architecture = "arm" }
  expect_failures = [var.cpu_architecture]
}

run "malformed_image" {
  command = plan
  variables { image = "" }
  expect_failures = [var.image]
}

run "malformed_variable_name" {
  command = plan
  variables { environment = { "1ST" = "x" } }
  expect_failures = [var.environment]
}

run "same_variable_twice" {
  command = plan
  variables { environment = { PGPASSWORD = "in the open" } }
  expect_failures = [var.secrets]
}

run "log_stream_prefix_with_slash" {
  command = plan
  variables { log_stream_prefix = "brave/otter" }
  expect_failures = [var.log_stream_prefix]
}

run "malformed_name" {
  command = plan
  variables { name = "shop migrations" }
  expect_failures = [var.name]
}

run "relative_writable_path" {
  command = plan
  variables { writable_paths = ["tmp"] }
  expect_failures = [var.writable_paths]
}
