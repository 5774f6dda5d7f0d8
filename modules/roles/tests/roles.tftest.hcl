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
    condition     = length([for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement if anytrue([for action in flatten([statement.Action]) : action == "*" || startswith(action, "logs:*") || startswith(action, "logs:CreateLogGroup")])]) == 0
    error_message = "a task that writes late cannot make again the log group that was destroyed [25]"
  }

  assert {
    condition     = output.execution_role_arn == aws_iam_role.execution.arn && length(regexall("depends_on\\s*= \\[aws_iam_role_policy[.](execution|execute_command)\\]", file("outputs.tf"))) == 2
    error_message = "the policies go after what runs with the roles [20][P8]"
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

run "bounded" {
  command = plan

  variables {
    path                 = "/devtool-previews/shop/"
    permissions_boundary = "arn:aws:iam::123456789012:policy/devtool/shop-preview-workload"
  }

  assert {
    condition = alltrue([for role in [aws_iam_role.execution, aws_iam_role.task] :
      role.path == "/devtool-previews/shop/" && role.permissions_boundary == "arn:aws:iam::123456789012:policy/devtool/shop-preview-workload"
    ])
    error_message = "both roles stand below the path, within the boundary"
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
