mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name                = "shop-platform"
  log_group_arn       = "arn:aws:logs:us-east-1:123456789012:log-group:/devtool/shop-platform"
  secret_arn_patterns = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/*"]
}

run "defaults" {
  assert {
    condition     = aws_iam_role.execution.name == "shop-platform-execution" && aws_iam_role.task.name == "shop-platform-task" && output.task_role_name == "shop-platform-task"
    error_message = "two roles"
  }

  assert {
    condition     = jsondecode(aws_iam_role.execution.assume_role_policy).Statement[0].Principal.Service == "ecs-tasks.amazonaws.com"
    error_message = "for ECS tasks"
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource } == {
      LogInToRegistry = "*"
      PullImages      = "*"
      ReadSecrets     = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/*"]
      WriteLogs       = "arn:aws:logs:us-east-1:123456789012:log-group:/devtool/shop-platform:*"
    }
    error_message = "its own log group and the project's secrets"
  }

  assert {
    condition     = length(aws_iam_role_policy.execute_command) == 0
    error_message = "the code in the containers may do nothing"
  }
}

run "only_secrets_of_previews" {
  command = plan
  variables { secret_tags = { "devtool:ephemeral" = "true" } }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Condition.StringEquals if statement.Sid == "ReadSecrets"] == [{ "aws:ResourceTag/devtool:ephemeral" = "true" }]
    error_message = "the tag is a condition"
  }
}

run "shell" {
  command = plan
  variables { execute_command = true }

  assert {
    condition     = alltrue([for action in jsondecode(aws_iam_role_policy.execute_command[0].policy).Statement[0].Action : startswith(action, "ssmmessages:")])
    error_message = "the channels of ECS Exec and nothing else"
  }
}

run "all_secrets" {
  command = plan
  variables { secret_arn_patterns = ["*"] }
  expect_failures = [var.secret_arn_patterns]
}

run "malformed_path" {
  command = plan
  variables { path = "devtool" }
  expect_failures = [var.path]
}

run "name_too_long" {
  command = plan
  variables { name = "a-prefix-so-long-that-no-role-name-can-be-made-from-it" }
  expect_failures = [var.name]
}
