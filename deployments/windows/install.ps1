# 把 huizong serve 装成开机自动运行的计划任务；以管理员身份在 PowerShell 中执行：
#   powershell -ExecutionPolicy Bypass -File install.ps1 -Office D:\办公室 -Account 本机\huizong
param(
    [Parameter(Mandatory = $true)] [string] $Office,
    [string] $Program = (Resolve-Path (Join-Path $PSScriptRoot '..\..')).Path,
    [string] $Account = 'NT AUTHORITY\LOCAL SERVICE',
    [string] $TaskName = 'huizong'
)
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
$Office = (Resolve-Path -LiteralPath $Office).Path
$huizong = Join-Path $Program '.venv\Scripts\huizong.exe'
if (-not (Test-Path -LiteralPath $huizong)) { throw "没有找到 $huizong；请先在 $Program 里建好 .venv（见 runbooks\first_installation.md）" }
if (-not (Test-Path -LiteralPath (Join-Path $Office 'huizong.toml'))) { throw "$Office 里没有 huizong.toml；请先运行 huizong init" }

# 与 deployments\prefect.env 相同的设置，加上 UTF-8：中文文件名和日志都不会乱码
foreach ($line in Get-Content -LiteralPath (Join-Path $Program 'deployments\prefect.env') -Encoding UTF8) {
    if ($line -match '^([A-Z_]+)=(.*)$') { [Environment]::SetEnvironmentVariable($Matches[1], $Matches[2], 'Machine') }
}
[Environment]::SetEnvironmentVariable('PYTHONUTF8', '1', 'Machine')

# 办公室文件夹：服务账户可读写，其他普通用户不可
icacls $Office /inheritance:r /grant:r 'BUILTIN\Administrators:(OI)(CI)F' "${Account}:(OI)(CI)M" | Out-Null

$action = New-ScheduledTaskAction -Execute $huizong -Argument ('serve --office "{0}"' -f $Office) -WorkingDirectory $Office
$trigger = New-ScheduledTaskTrigger -AtStartup
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -ExecutionTimeLimit ([TimeSpan]::Zero) `
    -MultipleInstances IgnoreNew -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
$principal = New-ScheduledTaskPrincipal -UserId $Account -LogonType ServiceAccount -RunLevel Limited
Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Settings $settings -Principal $principal -Force | Out-Null
Start-ScheduledTask -TaskName $TaskName
Write-Host "已装好计划任务 $TaskName：开机自动运行，停了一分钟内自动重启。检查：huizong doctor --office `"$Office`""
