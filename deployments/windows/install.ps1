# 把 huizong serve 装成开机自动运行的计划任务；以管理员身份在 PowerShell 中执行：
#   powershell -ExecutionPolicy Bypass -File install.ps1 -Office D:\办公室
# 共享文件夹在别的机器上、按机器账户授权时，加 -Account 'NT AUTHORITY\NETWORK SERVICE'。
param(
    [Parameter(Mandatory = $true)] [string] $Office,
    [string] $Program = (Resolve-Path (Join-Path $PSScriptRoot '..\..')).Path,
    [ValidateSet('NT AUTHORITY\LOCAL SERVICE', 'NT AUTHORITY\NETWORK SERVICE')] [string] $Account = 'NT AUTHORITY\LOCAL SERVICE',
    [string] $TaskName = 'huizong'
)
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
$Office = (Resolve-Path -LiteralPath $Office).Path
$huizong = Join-Path $Program '.venv\Scripts\huizong.exe'
if (-not (Test-Path -LiteralPath $huizong)) { throw "没有找到 $huizong；请先在 $Program 里建好 .venv（见 runbooks\first_installation.md）" }
$there = Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
if ($there) {
    if (-not $there.Actions[0].Arguments.Contains(('"{0}"' -f $Office))) { throw "计划任务 $TaskName 是另一个办公室的；请加 -TaskName 另取一个名字，并在这个办公室的 huizong.toml 里写另一个 [serve] port" }
    & (Join-Path $PSScriptRoot 'uninstall.ps1') -TaskName $TaskName # 重装：正在运行的旧程序先停下
}
if (-not (Test-Path -LiteralPath (Join-Path $Office 'huizong.toml'))) { throw "$Office 里没有 huizong.toml；请先运行 huizong init" }

# 与 deployments\prefect.env 相同的设置，加上 UTF-8：中文文件名和日志都不会乱码
foreach ($line in Get-Content -LiteralPath (Join-Path $Program 'deployments\prefect.env') -Encoding UTF8) {
    if ($line -match '^([A-Z0-9_]+)=(.*)$') { [Environment]::SetEnvironmentVariable($Matches[1], $Matches[2], 'Machine') }
}
[Environment]::SetEnvironmentVariable('PYTHONUTF8', '1', 'Machine')

# 人员标识的密钥：计划任务和在本机操作的管理员要用同一把，否则换一个账户运行就会全部重读
$vault = Join-Path $env:ProgramData 'huizong'
$key = Join-Path $vault 'token.key'
# 关好文件夹再写密钥；改不了权限就停下，不留下谁都能读的密钥
function Close-Folder([string] $Folder, [string] $Right) {
    icacls $Folder /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' "${Account}:(OI)(CI)$Right" | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "改不了 $Folder 的权限（icacls 退出码 $LASTEXITCODE）；请确认以管理员身份执行、磁盘是 NTFS 格式" }
}
New-Item -ItemType Directory -Force -Path $vault | Out-Null
Close-Folder $vault 'RX'
if (-not (Test-Path -LiteralPath $key)) {
    $old = @(Get-ChildItem -Path (Join-Path $HOME '.config\huizong') -Filter '*.key' -ErrorAction SilentlyContinue)
    if ($old.Count -eq 1) { Copy-Item -LiteralPath $old[0].FullName -Destination $key }
    else {
        $bytes = New-Object byte[] 32
        [System.Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($bytes)
        [System.IO.File]::WriteAllText($key, [System.BitConverter]::ToString($bytes).Replace('-', '').ToLower())
    }
}
[Environment]::SetEnvironmentVariable('HUIZONG_PRIVACY__KEY_FILE', $key, 'Machine')

# 办公室文件夹：服务账户可读写，其他普通用户不可
Close-Folder $Office 'M'

$principal = New-ScheduledTaskPrincipal -UserId $Account -LogonType ServiceAccount -RunLevel Limited
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
# 每分钟再触发一次：在运行的不受影响（IgnoreNew），停了的不论停几次、因为什么，一分钟内又起来
$starts = @((New-ScheduledTaskTrigger -AtStartup), (New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)))
$serve = New-ScheduledTaskAction -Execute $huizong -Argument ('serve --office "{0}"' -f $Office) -WorkingDirectory $Office
Register-ScheduledTask -TaskName $TaskName -Action $serve -Trigger $starts -Settings $settings -Principal $principal -Force | Out-Null

# 每天两次看昨夜是否运行过，没有就告警（每天只发一条）；它不靠上面的任务，上面的任务停了也会发
$alarm = New-ScheduledTaskAction -Execute $huizong -Argument ('notify --if-no-night --office "{0}"' -f $Office) -WorkingDirectory $Office
$times = @((New-ScheduledTaskTrigger -Daily -At '08:30'), (New-ScheduledTaskTrigger -Daily -At '14:30'))
Register-ScheduledTask -TaskName "$TaskName-alarm" -Action $alarm -Trigger $times -Settings $settings -Principal $principal -Force | Out-Null

Start-ScheduledTask -TaskName $TaskName
Write-Host "已装好计划任务 $TaskName：开机自动运行，停了一分钟内自动重启。检查（另开一个 PowerShell）：huizong doctor --office `"$Office`""
Write-Host "各科室放表的文件夹若在 $Office 里面，请另给各科室写入它的权限，或把 paths.inbox 指到办公室文件夹外面。"
