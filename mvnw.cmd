<# : cmd reads up to the closing mark below, and PowerShell what follows it
@echo off
rem Runs the Maven that .mvn\wrapper\maven-wrapper.properties pins, and installs it first where it is missing:
rem through an installed mvn if there is one (so that its mirrors apply), else from Apache's distribution site.
setlocal DisableDelayedExpansion
set "MVNW_PROJECT=%~dp0"
set "MVNW_SCRIPT=%~f0"
set "MVNW_PROGRAM="
rem Else Windows PowerShell, where it is started from a newer one, would look for its modules in the newer one's place.
set "PSModulePath="
for /f "usebackq delims=" %%p in (`powershell -NoProfile -ExecutionPolicy Bypass -Command "Invoke-Expression (Get-Content -Raw -LiteralPath $env:MVNW_SCRIPT)"`) do set "MVNW_PROGRAM=%%p"
if not defined MVNW_PROGRAM exit /b 1
"%MVNW_PROGRAM%" %*
exit /b %ERRORLEVEL%
#>

# Prints the program on standard output, and nothing else.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Say($words) { [Console]::Error.WriteLine("mvnw: $words") }

$properties = @{}
foreach ($line in Get-Content -LiteralPath (Join-Path $env:MVNW_PROJECT '.mvn/wrapper/maven-wrapper.properties')) {
  if ($line -match '^(\w+)=(.*)$') { $properties[$Matches[1]] = $Matches[2].Trim() }
}
$version = $properties['mavenVersion']
$sha512 = $properties['distributionSha512Sum']
$userHome = if ($env:MAVEN_USER_HOME) { $env:MAVEN_USER_HOME } else { Join-Path $env:USERPROFILE '.m2' }
$installed = Join-Path $userHome "wrapper/dists/apache-maven-$version"
$program = Join-Path $installed 'bin/mvn.cmd'
$archive = "apache-maven-$version-bin.zip"

function Get-AsArtifact($directory) {
  if (-not (Get-Command mvn -ErrorAction SilentlyContinue)) { return $false }
  Push-Location $directory
  try {
    & mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.10.0:copy `
      "-Dartifact=org.apache.maven:apache-maven:${version}:zip:bin" "-DoutputDirectory=$directory" | ForEach-Object { Say $_ }
    return $LASTEXITCODE -eq 0
  } finally {
    Pop-Location
  }
}

function Get-FromApache($directory) {
  $address = "https://archive.apache.org/dist/maven/maven-$($version.Split('.')[0])/$version/binaries/$archive"
  try {
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor 'Tls12'
    Invoke-WebRequest -UseBasicParsing -Uri $address -OutFile (Join-Path $directory $archive)
    return $true
  } catch {
    Say $_.Exception.Message
    return $false
  }
}

function Install-Maven {
  Say "installing Maven $version in $installed"
  $download = "$installed.$([Guid]::NewGuid())"
  New-Item -ItemType Directory -Force -Path $download | Out-Null
  try {
    if (-not (Get-AsArtifact $download) -and -not (Get-FromApache $download)) {
      throw "cannot fetch ${archive}: install mvn, or check the network"
    }
    $zip = Join-Path $download $archive
    if ((Get-FileHash -Algorithm SHA512 -LiteralPath $zip).Hash -ne $sha512) {
      throw "$archive is not the file that was pinned (SHA-512 differs): nothing installed"
    }
    Expand-Archive -LiteralPath $zip -DestinationPath $download
    # Another mvnw may have been quicker: its copy is as good as ours.
    if (-not (Test-Path -LiteralPath $installed)) {
      Move-Item -LiteralPath (Join-Path $download "apache-maven-$version") -Destination $installed
    }
  } finally {
    Remove-Item -Recurse -Force -LiteralPath $download
  }
}

if (-not (Test-Path -LiteralPath $program)) {
  try {
    Install-Maven
  } catch {
    Say $_.Exception.Message
    exit 1
  }
}
Write-Output $program
