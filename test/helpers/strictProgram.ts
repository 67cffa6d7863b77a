import ts from 'typescript';
import { projectRoot } from './sampleNotebook';

/** Modules given as text, by the path that they have for their imports, compiled strictly against the built package. */
export function strictProgram(modules: ReadonlyMap<string, string>): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    esModuleInterop: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => projectRoot;
  const disk = { ...host };
  host.fileExists = (file) => modules.has(file) || disk.fileExists(file);
  host.readFile = (file) => modules.get(file) ?? disk.readFile(file);
  host.getSourceFile = (file, ...rest) =>
    modules.has(file)
      ? ts.createSourceFile(file, modules.get(file)!, ts.ScriptTarget.ES2022, true)
      : disk.getSourceFile(file, ...rest);
  return ts.createProgram([...modules.keys()], options, host);
}

/** What a compiler says of one of the modules, each with its line. */
export function problemsOf(program: ts.Program, file: string): string[] {
  const source = program.getSourceFile(file)!;
  return ts.getPreEmitDiagnostics(program, source).map((diagnostic) => {
    const line = source.text.slice(0, diagnostic.start).split('\n').length - 1;
    return `${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')} in: ${source.text.split('\n')[line]}`;
  });
}

/** Statements that throw a promise away: their failure would go unseen. */
export function floatingPromises(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && !ts.isVoidExpression(node.expression)) {
      const type = checker.getTypeAtLocation(node.expression);
      if (type.getProperty('then') && type.getProperty('catch')) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(program.getSourceFile(file)!);
  return found;
}
